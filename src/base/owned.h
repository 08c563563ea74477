// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Owns one thing that is known by a pointer, or one reference to it. The function `put` gives it
 * back when the owner ends or takes over another one, in the context in which that happens. An
 * owner is moved, never copied, and may be empty.
 */
#pragma once

#include <utility>

#include "base/types.h"

namespace khttpd {

template <typename T, void (*put)(T *) noexcept>
class [[nodiscard]] Owned {
public:
	constexpr Owned() = default;
	// Takes over what the caller holds; null makes an empty owner.
	explicit constexpr Owned(T *held) : held_(held) {}
	constexpr Owned(Owned &&other) noexcept : held_(std::exchange(other.held_, nullptr)) {}
	// What was held before is put last, so that it may be the same as what is taken over.
	constexpr Owned &operator=(Owned &&other) noexcept
	{
		const Owned old(std::exchange(held_, std::exchange(other.held_, nullptr)));

		return *this;
	}
	Owned(const Owned &) = delete;
	Owned &operator=(const Owned &) = delete;
	constexpr ~Owned()
	{
		// The analyzer has KH_TRY's early return end an owner that was not made yet; no
		// compiler does.
		// NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch)
		if (held_)
			put(held_);
	}

	// Lends the pointer, which is null when the owner is empty.
	constexpr T *get() const { return held_; }
	constexpr T *operator->() const { return held_; }
	// The analyzer takes the Result of a failure for a value: it does not see that an errno
	// other than 0 is not 0 when it is negated.
	// NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
	explicit constexpr operator bool() const { return held_ != nullptr; }

private:
	T *held_ = nullptr;
};

} // namespace khttpd
