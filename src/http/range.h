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
	// The field is to be ignored: malformed, another unit, or asking for too many ranges
	// (RFC 9110 sections 14.2 and 17.15). The whole representation is sent.
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

// Reads a Range field's value for a representation of `size` bytes (RFC 9110 section 14.1). Ranges
// that overlap or touch are made one; the others stay in the order asked for. More than out.size()
// ranges are too many.
RangeResult parse_ranges(Bytes value, u64 size, std::span<ByteRange> out);

} // namespace khttpd
