// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Text for people, into a buffer of fixed size: cut where it is full, always ended with a NUL. */
#pragma once

#include <span>

#include "base/bytes.h"

namespace khttpd {

class TextWriter {
public:
	explicit TextWriter(std::span<char> out) : out_(out)
	{
		if (!out_.empty())
			out_[0] = '\0';
	}

	TextWriter &put(char c)
	{
		if (size_ + 1 >= out_.size()) {
			cut_ = true;
			return *this;
		}
		out_[size_++] = c;
		out_[size_] = '\0';
		return *this;
	}
	TextWriter &text(const char *s)
	{
		while (*s)
			put(*s++);
		return *this;
	}
	// A value that may be anything: its beginning, so that what is said about it still fits,
	// without control characters, which would end the line.
	TextWriter &shown(const char *s)
	{
		for (usize n = 0; *s && n < kShownValue; n++, s++)
			put(is_control(*s) ? '?' : *s);
		return *s ? text("...") : *this;
	}
	TextWriter &shown(Bytes s)
	{
		for (u8 c : s.prefix(kShownValue))
			put(is_control(static_cast<char>(c)) ? '?' : static_cast<char>(c));
		return s.size() > kShownValue ? text("...") : *this;
	}
	// The whole of a value that may be anything, as above.
	TextWriter &bytes(Bytes s)
	{
		for (u8 c : s)
			put(is_control(static_cast<char>(c)) ? '?' : static_cast<char>(c));
		return *this;
	}
	TextWriter &number(u64 value)
	{
		char digits[20];
		usize n = 0;

		do {
			digits[n++] = static_cast<char>('0' + value % 10);
			value /= 10;
		} while (value);
		while (n)
			put(digits[--n]);
		return *this;
	}

	usize size() const { return size_; }
	// Something did not fit.
	bool cut() const { return cut_; }

private:
	static constexpr usize kShownValue = 64;

	static bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

	std::span<char> out_;
	usize size_ = 0;
	bool cut_ = false;
};

} // namespace khttpd
