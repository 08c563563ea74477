// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/types.h"

namespace khttpd {

// Appends an ASCII digit to a decimal number. False, with the value as it was, when the longer
// number has more than 64 bits.
constexpr bool push_digit(u64 &value, u8 digit)
{
	u64 longer = 0;

	if (__builtin_mul_overflow(value, u64{10}, &longer) ||
	    __builtin_add_overflow(longer, u64{digit} - '0', &longer))
		return false;
	value = longer;
	return true;
}

} // namespace khttpd
