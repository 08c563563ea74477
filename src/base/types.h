// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

// For the few functions that every request passes and that are worth having without a call.
#define KH_FORCE_INLINE inline __attribute__((always_inline))

namespace khttpd {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i8 = std::int8_t;
using i16 = std::int16_t;
using i32 = std::int32_t;
using i64 = std::int64_t;
using usize = std::size_t;

inline constexpr u32 kU32Max = ~u32{0};
inline constexpr u64 kU64Max = ~u64{0};

// The word-at-a-time scanners take the lowest byte of a word to be the first in memory.
static_assert(std::endian::native == std::endian::little, "little-endian machines only");

} // namespace khttpd
