// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/words.h"

namespace khttpd {

// Character classes, one bit each.
enum CharClass : u8 {
	kCharToken = 1,	  // RFC 9110 section 5.6.2
	kCharPath = 2,	  // of a path: RFC 3986 section 3.3 with "/" and "%"
	kCharQuery = 4,	  // of a query: RFC 3986 section 3.4 without "%"
	kCharRegName = 8, // RFC 3986 section 3.2.2 without "%"
	kCharText = 16,	  // HTAB, SP, VCHAR and obs-text
	kCharTarget = 32, // of a path as clients send it: docs/requests.md
};

extern const std::array<u8, 256> kCharClasses;

inline bool has_class(u8 c, u8 mask)
{
	return (kCharClasses[c] & mask) != 0;
}

inline bool is_token_char(u8 c)
{
	return has_class(c, kCharToken);
}

// The first place at or behind `p` whose character is of none of the classes, or `end`.
inline const u8 *skip_class(const u8 *p, const u8 *end, u8 mask)
{
	while (end - p >= 4) {
		if (!has_class(p[0], mask))
			return p;
		if (!has_class(p[1], mask))
			return p + 1;
		if (!has_class(p[2], mask))
			return p + 2;
		if (!has_class(p[3], mask))
			return p + 3;
		p += 4;
	}
	while (p != end && has_class(*p, mask))
		p++;
	return p;
}

// The byte whose escape (RFC 3986 section 2.1) the text begins with, -1 when it begins with none.
inline int escaped_byte(Bytes text)
{
	if (text.size() < 3 || text[0] != '%')
		return -1;
	const int high = hex_value(text[1]);
	const int low = hex_value(text[2]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

// White space as it may surround a field's value (RFC 9110 section 5.6.3).
constexpr bool is_ows(u8 c)
{
	return c == ' ' || c == '\t';
}

bool is_token(Bytes text);
// Whether all are of kCharText; so is a text of no characters.
bool is_text(Bytes text);
Bytes trim_ows(Bytes text);

// Takes the next element off a comma-separated list (RFC 9110 section 5.6.1), trimmed; empty
// elements are passed over, commas inside quoted strings do not separate. False at the end.
bool next_list_element(Bytes &remainder, Bytes &element);

constexpr u64 repeat_byte(u8 c)
{
	return 0x0101010101010101ull * c;
}

// Marks the first control character (below 0x20, or 0x7f) in the word: its byte is the lowest with
// bit 7 set; bytes above it may be marked falsely. 0 when there is none.
constexpr u64 control_mask(u64 word)
{
	const u64 del = word ^ repeat_byte(0x7f);
	const u64 low = (word - repeat_byte(0x20)) & ~word;

	return (low | ((del - repeat_byte(1)) & ~del)) & repeat_byte(0x80);
}

} // namespace khttpd
