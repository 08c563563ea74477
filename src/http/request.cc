// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/request.h"

#include <array>

#include "http/chars.h"

namespace khttpd {

namespace {

struct FieldName {
	Bytes name;
	Field field;
};

constexpr FieldName kFieldNames[] = {
	{"host"_b, Field::host},
	{"connection"_b, Field::connection},
	{"content-length"_b, Field::content_length},
	{"transfer-encoding"_b, Field::transfer_encoding},
	{"expect"_b, Field::expect},
	{"range"_b, Field::range},
	{"if-match"_b, Field::if_match},
	{"if-none-match"_b, Field::if_none_match},
	{"if-modified-since"_b, Field::if_modified_since},
	{"if-unmodified-since"_b, Field::if_unmodified_since},
	{"if-range"_b, Field::if_range},
	{"accept-encoding"_b, Field::accept_encoding},
	{"upgrade"_b, Field::upgrade},
	{"user-agent"_b, Field::user_agent},
	{"referer"_b, Field::referer},
	{"trailer"_b, Field::trailer},
};

static_assert(sizeof(kFieldNames) / sizeof(kFieldNames[0]) == kFieldCount);

constexpr usize kFieldSlots = 32;
constexpr usize kShortestField = 4;

// No two known names share a slot; make_field_slots() does not compile otherwise.
constexpr usize field_slot(usize size, u8 fourth)
{
	return (size * 14 + (fourth | 0x20u)) % kFieldSlots;
}

consteval std::array<u8, kFieldSlots> make_field_slots()
{
	std::array<u8, kFieldSlots> slots = {};

	for (usize i = 0; i < kFieldCount; i++) {
		const Bytes name = kFieldNames[i].name;
		u8 &slot = slots[field_slot(name.size(), name[3])];

		if (slot != 0 || name.size() < kShortestField)
			__builtin_unreachable();
		slot = static_cast<u8>(i + 1);
	}
	return slots;
}

constexpr std::array<u8, kFieldSlots> kFieldSlotTable = make_field_slots();

// Token characters that fold onto one another by setting bit 5 are letters or never occur in the
// names above, so that a word of them is compared at once.
bool same_field_name(const u8 *name, const u8 *lower, usize size)
{
	constexpr u64 fold = repeat_byte(0x20);

	if (size < 8) {
		const u32 fold32 = static_cast<u32>(fold);

		return (load32(name) | fold32) == load32(lower) &&
		       (load32(name + size - 4) | fold32) == load32(lower + size - 4);
	}
	for (usize i = 0; i + 8 < size; i += 8) {
		if ((load64(name + i) | fold) != load64(lower + i))
			return false;
	}
	return (load64(name + size - 8) | fold) == load64(lower + size - 8);
}

} // namespace

Field field_of(Bytes name)
{
	if (name.size() < kShortestField)
		return Field::count;

	const u8 entry = kFieldSlotTable[field_slot(name.size(), name[3])];

	if (entry == 0)
		return Field::count;

	const FieldName &known = kFieldNames[entry - 1];

	if (known.name.size() != name.size() ||
	    !same_field_name(name.data(), known.name.data(), name.size()))
		return Field::count;
	return known.field;
}

FieldLines::FieldLines(Bytes head, const Request &request, Field field)
	: rest_(request.field_section.of(head)), only_(request.field(field).of(head)),
	  field_(field), scan_(request.repeated(field)), done_(!request.has(field))
{
}

bool FieldLines::next(Bytes &value)
{
	if (done_)
		return false;
	if (!scan_) {
		done_ = true;
		value = only_;
		return true;
	}
	while (!rest_.empty()) {
		const Bytes line = rest_.prefix(rest_.find('\r'));
		const usize colon = line.find(':');

		rest_ = rest_.drop(line.size() + 2);
		if (field_of(line.prefix(colon)) == field_) {
			value = trim_ows(line.drop(colon + 1));
			return true;
		}
	}
	done_ = true;
	return false;
}

} // namespace khttpd
