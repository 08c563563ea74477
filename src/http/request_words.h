// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The parts of a usual request line are recognised a word at a time.
#pragma once

#include "base/bytes.h"
#include "base/words.h"

namespace khttpd {

// This is "GET " as load32() sees it.
inline constexpr u32 kGetAndSpace = 0x20544547;
inline constexpr u16 kGetAndSpaceSize = "GET "_b.size();
// These are the sizes of what ends a request line, without and with the space before it.
inline constexpr usize kVersionEndSize = "HTTP/1.1\r\n"_b.size();
inline constexpr usize kSpaceAndVersionEndSize = " HTTP/1.1\r\n"_b.size();

// Returns the minor version when the kVersionEndSize bytes at `p` end a request line in HTTP/1.0 or
// HTTP/1.1, and a number above 1 when they do not.
inline u64 usual_version(const u8 *p)
{
	constexpr u64 http_1_0 = 0x302e312f50545448;
	const u64 differs = load64(p) ^ http_1_0;

	return differs << 8 == 0 && p[8] == '\r' && p[9] == '\n' ? differs >> 56 : 2;
}

} // namespace khttpd
