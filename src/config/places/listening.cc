// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/listening.h"

#include "config/places/access.h"

namespace khttpd {

namespace {

constexpr usize kMostAddresses = 16; // KH_ADDRESSES

bool is_blank_of_list(u8 c)
{
	return c == ' ' || c == '\t';
}

Bytes without_blanks(Bytes text)
{
	while (!text.empty() && is_blank_of_list(text[0]))
		text = text.drop(1);
	while (!text.empty() && is_blank_of_list(text.back()))
		text = text.prefix(text.size() - 1);
	return text;
}

// Why nobody can listen on an address; null if one can.
const char *wrong_address(Bytes address)
{
	const bool ipv6 = address.find(':') < address.size();
	AccessRule read;

	if (address == "*"_b)
		return nullptr;
	if (address == "all"_b || address.find('/') < address.size() ||
	    !read_network(address, read))
		return " is neither an IPv4 or IPv6 address nor *";
	// The reader maps what is written as IPv4.
	const u8 *bytes = read.network;
	if (ipv6 && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
		return " is a link-local address, and the interface cannot be named: use another "
		       "address, or *";
	for (usize i = 0; ipv6 && i < 10; i++) {
		if (bytes[i])
			return nullptr;
	}
	return ipv6 && bytes[10] == 0xff && bytes[11] == 0xff ?
		       " is an IPv4-mapped IPv6 address: write the IPv4 address" :
		       nullptr;
}

} // namespace

void check_listening(Bytes text, Mistakes &mistakes)
{
	for (usize count = 1;; count++) {
		const usize size = text.find(',');
		const Bytes address = without_blanks(text.prefix(size));
		const char *wrong = count > kMostAddresses ? "" : wrong_address(address);

		if (count > kMostAddresses)
			mistakes.fail(-kEINVAL)
				.text("bind: more than ")
				.number(kMostAddresses)
				.text(" addresses");
		else if (wrong)
			mistakes.fail(-kEINVAL)
				.text("bind: ")
				.shown(address.empty() ? "(empty)"_b : address)
				.text(wrong);
		if (wrong || size == text.size())
			return;
		text = text.drop(size + 1);
	}
}

} // namespace khttpd
