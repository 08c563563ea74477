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
	TextWriter &bytes(Bytes s)
	{
		for (u8 c : s)
			put(static_cast<char>(c));
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
	std::span<char> out_;
	usize size_ = 0;
	bool cut_ = false;
};

} // namespace khttpd
