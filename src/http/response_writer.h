// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>

#include "base/bytes.h"
#include "http/status.h"

namespace khttpd {

// Decimal digits of any u64.
inline constexpr usize kMaxDecimalSize = 20;

// Writes the number without leading zeros and returns the count of digits.
usize format_decimal(u64 value, u8 out[kMaxDecimalSize]);
// Returns the count of digits.
constexpr usize decimal_size(u64 value)
{
	usize size = 1;

	for (u64 bound = 10; value >= bound && size < kMaxDecimalSize; bound *= 10)
		size++;
	return size;
}

// Writes a response head into a buffer. When it does not fit, or a value has a control character
// in it (it would let text from elsewhere end the field), ok() turns false and stays so.
class HeadWriter {
public:
	explicit HeadWriter(std::span<u8> out) : out_(out) {}

	// Begins a head: the status line, Date (of kHttpDateSize bytes) and Server, if wanted.
	void begin(Status status, Bytes date, bool server_field);
	// The version is always HTTP/1.1: it tells what the server can do (RFC 9112 section 2.3).
	void status_line(Status status);
	void status_line(u16 code, Bytes reason);
	void field(Bytes name, Bytes value);
	void field(Bytes name, u64 value);
	// "bytes FIRST-LAST/SIZE" (RFC 9110 section 14.4).
	void content_range(u64 first, u64 last, u64 size);
	// Bytes as they are: fields rendered before, or content after finish().
	void raw(Bytes text);
	// The empty line.
	void finish();

	bool ok() const { return ok_; }
	usize size() const { return size_; }
	// What was written; nothing when it did not fit.
	Bytes written() const { return {out_.data(), ok_ ? size_ : 0}; }

private:
	void decimal(u64 value);

	std::span<u8> out_;
	usize size_ = 0;
	bool ok_ = true;
};

// Where Date's value stands in a head that begin() began.
constexpr usize head_date_offset(Status status)
{
	return "HTTP/1.1 200 "_b.size() + reason_phrase(status).size() + "\r\nDate: "_b.size();
}

} // namespace khttpd
