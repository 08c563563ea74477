// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/response_writer.h"

#include "http/chars.h"

namespace khttpd {

usize format_decimal(u64 value, u8 out[kMaxDecimalSize])
{
	u8 reversed[kMaxDecimalSize];
	usize size = 0;

	do {
		reversed[size++] = static_cast<u8>('0' + value % 10);
		value /= 10;
	} while (value != 0);
	for (usize i = 0; i < size; i++)
		out[i] = reversed[size - 1 - i];
	return size;
}

void HeadWriter::raw(Bytes text)
{
	if (!ok_ || text.size() > out_.size() - size_) {
		ok_ = false;
		return;
	}
	if (!text.empty())
		__builtin_memcpy(out_.data() + size_, text.data(), text.size());
	size_ += text.size();
}

void HeadWriter::decimal(u64 value)
{
	u8 digits[kMaxDecimalSize];

	raw({digits, format_decimal(value, digits)});
}

void HeadWriter::begin(Status status, Bytes date, bool server_field)
{
	status_line(status);
	field("Date"_b, date);
	if (server_field)
		field("Server"_b, "khttpd"_b);
}

void HeadWriter::status_line(Status status)
{
	status_line(status_code(status), reason_phrase(status));
}

void HeadWriter::status_line(u16 code, Bytes reason)
{
	ok_ = ok_ && code >= 100 && code <= 999 && is_text(reason);
	raw("HTTP/1.1 "_b);
	decimal(code);
	// The space stays when there is no reason (RFC 9112 section 4).
	raw(" "_b);
	raw(reason);
	raw("\r\n"_b);
}

void HeadWriter::field(Bytes name, Bytes value)
{
	ok_ = ok_ && is_token(name) && is_text(value);
	raw(name);
	raw(": "_b);
	raw(value);
	raw("\r\n"_b);
}

void HeadWriter::field(Bytes name, u64 value)
{
	u8 digits[kMaxDecimalSize];

	field(name, Bytes(digits, format_decimal(value, digits)));
}

void HeadWriter::content_range(u64 first, u64 last, u64 size)
{
	raw("Content-Range: bytes "_b);
	decimal(first);
	raw("-"_b);
	decimal(last);
	raw("/"_b);
	decimal(size);
	raw("\r\n"_b);
}

void HeadWriter::finish()
{
	raw("\r\n"_b);
}

} // namespace khttpd
