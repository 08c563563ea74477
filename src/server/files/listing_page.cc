// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/listing_page.h"

#include "http/escape.h"
#include "http/response_writer.h"
#include "http/utf8.h"

namespace khttpd {

ListingPage::~ListingPage()
{
	for (kh_body *part : parts_) {
		kh_body_put(part);
	}
}

u8 *ListingPage::tail()
{
	const u32 index = size_ / kPartSize;

	if (index == kMaxParts)
		return nullptr;
	if (!parts_[index]) {
		parts_[index] = kh_body_create(net_, kPartSize, KH_HELD_listings);
		if (!parts_[index])
			return nullptr;
	}
	return kh_body_data(parts_[index]) + size_ % kPartSize;
}

void ListingPage::put(Bytes text)
{
	while (!text.empty() && ok_) {
		u8 *to = tail();
		const Bytes piece = text.prefix(kPartSize - size_ % kPartSize);

		ok_ = to != nullptr;
		if (!ok_)
			return;
		__builtin_memcpy(to, piece.data(), piece.size());
		size_ += static_cast<u32>(piece.size());
		text = text.drop(piece.size());
	}
}

void ListingPage::put(u64 number)
{
	u8 digits[kMaxDecimalSize];

	put(Bytes(digits, format_decimal(number, digits)));
}

void ListingPage::put_text(Bytes text)
{
	u8 escaped[32];

	while (!text.empty()) {
		const usize size = utf8_character_size(text);
		const Bytes character = text.prefix(size ? size : 1);

		if (size == 0 || character[0] < 0x20 || character[0] == 0x7f)
			put("\xef\xbf\xbd"_b);
		else
			put(escape_html(character, escaped));
		text = text.drop(character.size());
	}
}

void ListingPage::put_segment(Bytes name)
{
	constexpr Bytes digits = "0123456789ABCDEF"_b;

	for (u8 c : name) {
		const bool letter = to_lower(c) >= 'a' && to_lower(c) <= 'z';

		// The unreserved characters of RFC 3986 section 2.3.
		if (letter || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~') {
			put(Bytes(&c, 1));
		} else {
			const u8 encoded[] = {'%', digits[c >> 4], digits[c & 15]};

			put(Bytes(encoded, sizeof(encoded)));
		}
	}
}

} // namespace khttpd
