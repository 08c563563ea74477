// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <concepts>
#include <optional>

#include "base/types.h"

namespace khttpd {

template <std::integral T>
constexpr std::optional<T> checked_add(T a, T b)
{
	T sum;

	if (__builtin_add_overflow(a, b, &sum))
		return std::nullopt;
	return sum;
}

template <std::integral T>
constexpr std::optional<T> checked_mul(T a, T b)
{
	T product;

	if (__builtin_mul_overflow(a, b, &product))
		return std::nullopt;
	return product;
}

template <std::integral T>
constexpr T saturating_add(T a, T b)
{
	T sum;

	return __builtin_add_overflow(a, b, &sum) ? static_cast<T>(~T{0}) : sum;
}

} // namespace khttpd
