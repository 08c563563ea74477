// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/types.h"

namespace khttpd {

// A borrowed run of bytes (always u8 to the outside), never terminated by a NUL. Indices are not
// checked; sub(), prefix() and drop() clamp to what is there.
class Bytes {
public:
	constexpr Bytes() = default;
	Bytes(const u8 *data, usize size) : data_(reinterpret_cast<const char *>(data)), size_(size)
	{
	}
	static constexpr Bytes literal(const char *text, usize size)
	{
		Bytes bytes;

		bytes.data_ = text;
		bytes.size_ = size;
		return bytes;
	}

	const u8 *data() const { return reinterpret_cast<const u8 *>(data_); }
	constexpr usize size() const { return size_; }
	constexpr bool empty() const { return size_ == 0; }
	constexpr u8 operator[](usize i) const { return static_cast<u8>(data_[i]); }
	const u8 *begin() const { return data(); }
	const u8 *end() const { return data() + size_; }
	constexpr u8 back() const { return (*this)[size_ - 1]; }

	constexpr Bytes prefix(usize n) const { return literal(data_, n < size_ ? n : size_); }
	constexpr Bytes drop(usize n) const
	{
		return n < size_ ? literal(data_ + n, size_ - n) : literal(data_ + size_, 0);
	}
	constexpr Bytes sub(usize offset, usize n) const { return drop(offset).prefix(n); }
	constexpr bool starts_with(Bytes other) const
	{
		return size_ >= other.size_ && prefix(other.size_) == other;
	}
	constexpr bool ends_with(Bytes other) const
	{
		return size_ >= other.size_ && drop(size_ - other.size_) == other;
	}
	// The index of the first `byte`, or size().
	constexpr usize find(u8 byte) const
	{
		usize i = 0;

		while (i < size_ && (*this)[i] != byte)
			i++;
		return i;
	}

	friend constexpr bool operator==(Bytes a, Bytes b)
	{
		if (a.size_ != b.size_)
			return false;
		if (!__builtin_is_constant_evaluated())
			return a.size_ == 0 || __builtin_memcmp(a.data_, b.data_, a.size_) == 0;
		for (usize i = 0; i < a.size_; i++) {
			if (a.data_[i] != b.data_[i])
				return false;
		}
		return true;
	}

private:
	// Kept as char, so that literals are usable in constant expressions.
	const char *data_ = nullptr;
	usize size_ = 0;
};

constexpr Bytes operator""_b(const char *text, usize size)
{
	return Bytes::literal(text, size);
}

constexpr u8 to_lower(u8 c)
{
	return c >= 'A' && c <= 'Z' ? static_cast<u8>(c | 0x20) : c;
}

constexpr bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}

// The value of a hexadecimal digit, or -1.
constexpr int hex_value(u8 c)
{
	if (is_digit(c))
		return c - '0';
	c = to_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Negative when `a` comes before `b` in the order of their bytes, 0 when they are equal.
inline int compare(Bytes a, Bytes b)
{
	const usize common = a.size() < b.size() ? a.size() : b.size();
	const int order = common ? __builtin_memcmp(a.data(), b.data(), common) : 0;

	return order ? order : (a.size() > b.size()) - (a.size() < b.size());
}

// Compares without regard to ASCII case; `lower` must be in lower case.
constexpr bool equals_ignore_case(Bytes any, Bytes lower)
{
	if (any.size() != lower.size())
		return false;
	for (usize i = 0; i < any.size(); i++) {
		if (to_lower(any[i]) != lower[i])
			return false;
	}
	return true;
}

} // namespace khttpd
