// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <new>
#include <type_traits>
#include <utility>

#include "base/types.h"

namespace khttpd {

// An errno, which is positive inside the C++ code. to_c() gives the negative form that C expects.
class Error {
public:
	// Takes either sign, so that a C function's return code can be passed as it is.
	explicit constexpr Error(int code) : code_(code < 0 ? -code : code) {}

	constexpr int code() const { return code_; }
	constexpr int to_c() const { return -code_; }

private:
	int code_;
};

// Holds a value, which it owns, or an errno. It may be looked at and taken only after ok() has said
// that there is a value; what take() leaves behind is a value that was moved from.
template <typename T>
class [[nodiscard]] Result {
	static_assert(!std::is_reference_v<T>, "return a pointer instead");

public:
	Result(T value) : value_(std::move(value)), errno_(0) {}
	Result(Error error) : errno_(error.code()) {}
	Result(Result &&other) noexcept : errno_(other.errno_)
	{
		if (ok())
			new (&value_) T(std::move(other.value_));
	}
	Result(const Result &) = delete;
	Result &operator=(const Result &) = delete;
	Result &operator=(Result &&) = delete;
	~Result()
	{
		if (ok())
			value_.~T();
	}

	bool ok() const { return errno_ == 0; }
	explicit operator bool() const { return ok(); }
	Error error() const { return Error(errno_); }
	T &operator*() { return value_; }
	[[nodiscard]] T take() { return std::move(value_); }

private:
	union {
		T value_;
	};
	int errno_;
};

template <>
class [[nodiscard]] Result<void> {
public:
	constexpr Result() = default;
	constexpr Result(Error error) : errno_(error.code()) {}

	constexpr bool ok() const { return errno_ == 0; }
	explicit constexpr operator bool() const { return ok(); }
	constexpr Error error() const { return Error(errno_); }

private:
	int errno_ = 0;
};

} // namespace khttpd

// Gives the value of a Result, or returns its error from the enclosing function.
#define KH_TRY(expr)                            \
	({                                      \
		auto kh_try_ = (expr);          \
		if (!kh_try_.ok())              \
			return kh_try_.error(); \
		kh_try_.take();                 \
	})
