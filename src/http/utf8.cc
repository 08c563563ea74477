// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/utf8.h"

namespace khttpd {

usize utf8_character_size(Bytes text)
{
	const u8 first = text[0];
	// Shorter forms of the same character, surrogates and what lies beyond U+10FFFF are told by
	// the second byte.
	const u8 low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
	const u8 high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
	usize size = 0;

	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		size = 2;
	else if (first >= 0xe0 && first <= 0xef)
		size = 3;
	else if (first >= 0xf0 && first <= 0xf4)
		size = 4;
	if (text.size() < size || size == 0 || text[1] < low || text[1] > high)
		return 0;
	for (usize i = 2; i < size; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return size;
}

} // namespace khttpd
