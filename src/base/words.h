// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Memory by words, at any alignment; the first byte is the lowest of a word (base/types.h).
#pragma once

#include "base/types.h"

namespace khttpd {

inline u64 load64(const u8 *p)
{
	u64 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

inline u32 load32(const u8 *p)
{
	u32 word;

	__builtin_memcpy(&word, p, sizeof(word));
	return word;
}

inline void store64(u8 *p, u64 word)
{
	__builtin_memcpy(p, &word, sizeof(word));
}

// Each byte as to_lower() has it.
constexpr u64 to_lower_word(u64 word)
{
	constexpr u64 kEach = 0x0101010101010101;
	constexpr u64 kHigh = 0x80 * kEach;
	const u64 low = word & ~kHigh;
	const u64 from_a = low + (0x80 - 'A') * kEach;
	const u64 behind_z = low + (0x7f - 'Z') * kEach;

	return word | (from_a & ~behind_z & ~word & kHigh) >> 2;
}

// Compares at least eight bytes; goes no further than the 32 in which they differ.
inline bool equal_words(const u8 *a, const u8 *b, usize size)
{
	const u8 *const last = a + size - 8;
	const u8 *const last_b = b + size - 8;

	for (; last - a >= 32; a += 32, b += 32) {
		if (load64(a) != load64(b) || load64(a + 8) != load64(b + 8) ||
		    load64(a + 16) != load64(b + 16) || load64(a + 24) != load64(b + 24))
			return false;
	}
	for (; a < last; a += 8, b += 8) {
		if (load64(a) != load64(b))
			return false;
	}
	// Overlaps what was compared when the size is no multiple of a word.
	return load64(last) == load64(last_b);
}

// Copies at least eight bytes to where they do not overlap. For the few hundred of a head this is
// faster than the string instruction that the kernel's memcpy() is on most processors.
inline void copy_words(u8 *to, const u8 *from, usize size)
{
	const u8 *const last = from + size - 8;
	u8 *const last_to = to + size - 8;

	for (; last - from >= 32; from += 32, to += 32) {
		store64(to, load64(from));
		store64(to + 8, load64(from + 8));
		store64(to + 16, load64(from + 16));
		store64(to + 24, load64(from + 24));
	}
	for (; from < last; from += 8, to += 8) {
		u64 word = load64(from);

		// Lest the loop be recognised and made a memcpy().
		asm volatile("" : "+r"(word));
		store64(to, word);
	}
	store64(last_to, load64(last));
}

} // namespace khttpd
