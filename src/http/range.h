// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>

#include "base/bytes.h"

namespace khttpd {

// Both ends inclusive.
struct ByteRange {
	u64 first;
	u64 last;

	constexpr u64 size() const { return last - first + 1; }
};

enum class RangeOutcome : u8 {
	// The field is to be ignored: malformed, another unit, asking for too many ranges (RFC 9110
	// sections 14.2 and 17.15), or for all of nothing. The whole representation is sent.
	ignore,
	// 206 with `count` ranges.
	satisfiable,
	// 416.
	unsatisfiable,
};

struct RangeResult {
	RangeOutcome outcome;
	u32 count;
};

// Requests for more ranges than this get the whole.
inline constexpr u32 kMaxRanges = 512;
// As do those for more than this of which one begins before the one that it follows. Clients that
// want many parts ask for them in order, which takes a look at one other range for each. Otherwise
// it takes a look at all of them.
inline constexpr u32 kMaxUnorderedRanges = 64;

// Tells how many ranges a Range field's value asks for at most, up to kMaxRanges.
u32 count_ranges(Bytes value);

// Reads a Range field's value for a representation of `size` bytes (RFC 9110 section 14.1). Ranges
// that overlap or touch are made one; the others stay in the order asked for. More than out.size()
// ranges are too many; count_ranges() is enough room.
RangeResult parse_ranges(Bytes value, u64 size, std::span<ByteRange> out);

} // namespace khttpd
