// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "base/checked.h"
#include "http/authority.h"
#include "http/chars.h"
#include "http/request_parser.h"

namespace khttpd {

Status RequestParser::absolute_form(const u8 *base, Bytes target)
{
	const bool https = equals_ignore_case(target.prefix(8), "https://"_b);
	const Bytes remainder = https						  ? target.drop(8) :
				equals_ignore_case(target.prefix(7), "http://"_b) ? target.drop(7) :
										    Bytes();
	usize size = 0;

	while (size < remainder.size() && remainder[size] != '/' && remainder[size] != '?')
		size++;
	if (!valid_authority(remainder.prefix(size)))
		return Status::bad_request;
	// RFC 9110 section 7.4: the resource is to be had over TLS alone and was asked for without.
	// The reply may close the connection, as any may (RFC 9112 section 9.6).
	if (https)
		return Status::misdirected_request;

	const u16 start = static_cast<u16>(remainder.data() - base);
	const u16 path = static_cast<u16>(start + size);
	const Slice whole = request_.target;
	const u16 end = request_.query.present() ? static_cast<u16>(request_.query.offset - 1) :
						   static_cast<u16>(whole.offset + whole.size);

	request_.form = TargetForm::absolute;
	request_.authority = {start, static_cast<u16>(size)};
	request_.path = {path, static_cast<u16>(end - path)};
	// RFC 9112 section 3.2.4: what a proxy sends as "*" is "http://host" before the last one.
	if (request_.method == Method::options && size == remainder.size())
		request_.form = TargetForm::asterisk;
	return Status::none;
}

// Takes note of a field that somebody acts upon, Host aside. Returns an error when its value is not
// acceptable, else none.
Status RequestParser::known_field(Bytes value)
{
	const u32 bit = Request::bit(current_);
	const bool again = (request_.present_ & bit) != 0;
	Status status = Status::none;

	if (current_ == Field::connection) {
		connection(value);
	} else if (current_ == Field::content_length) {
		status = again ? Status::bad_request : content_length(value);
	} else if (current_ == Field::transfer_encoding) {
		status = transfer_encoding(value);
	} else if (current_ == Field::expect) {
		expect(value);
	}
	if (again) {
		request_.repeated_ |= bit;
		return status;
	}
	request_.present_ |= bit;
	request_.fields_[static_cast<usize>(current_)] = {value_, static_cast<u16>(value.size())};
	return status;
}

// RFC 9110 section 8.6. A list or a repetition of one number may be refused or collapsed: it is
// refused, since an intermediary that takes another view of it would see another message.
Status RequestParser::content_length(Bytes value)
{
	u64 length = 0;

	for (u8 c : value) {
		if (!is_digit(c))
			return Status::bad_request;
		if (!push_digit(length, c))
			length = kU64Max;
	}
	request_.content_length = length;
	return value.empty() ? Status::bad_request : Status::none;
}

// RFC 9112 section 6.1: chunked is applied once and last, and has no parameters.
Status RequestParser::transfer_encoding(Bytes value)
{
	Bytes remainder = value;
	Bytes coding;
	bool any = false;

	while (next_list_element(remainder, coding)) {
		any = true;
		notes_.chunked_last = equals_ignore_case(coding, "chunked"_b);
		if (notes_.chunked_last && notes_.chunked_seen)
			return Status::bad_request;
		if (notes_.chunked_last)
			notes_.chunked_seen = true;
		else
			notes_.other_coding = true;
	}
	return any ? Status::none : Status::bad_request;
}

void RequestParser::connection(Bytes value)
{
	Bytes remainder = value;
	Bytes option;

	while (next_list_element(remainder, option)) {
		if (equals_ignore_case(option, "close"_b))
			notes_.close = true;
		else if (equals_ignore_case(option, "keep-alive"_b))
			notes_.persist = true;
	}
}

void RequestParser::expect(Bytes value)
{
	Bytes remainder = value;
	Bytes expectation;

	while (next_list_element(remainder, expectation)) {
		if (equals_ignore_case(expectation, "100-continue"_b))
			notes_.expect_continue = true;
		else
			notes_.expect_other = true;
	}
}

// Judges what needs the whole head: Host, framing (RFC 9112 section 6.3), expectations,
// persistence.
Status RequestParser::finish()
{
	const bool http_1_0 = request_.version_minor == 0;
	const bool length = request_.has(Field::content_length);

	if (!http_1_0 && !request_.has(Field::host))
		return Status::bad_request;
	if (request_.has(Field::transfer_encoding)) {
		// Section 6.1: faulty in HTTP/1.0, and a smuggling attempt beside Content-Length.
		if (http_1_0 || length || !notes_.chunked_last)
			return Status::bad_request;
		if (notes_.other_coding)
			return Status::not_implemented;
		request_.framing = Framing::chunked;
	} else if (length) {
		request_.framing = Framing::length;
	}
	request_.keep_alive = !notes_.close && (!http_1_0 || notes_.persist);
	// RFC 9110 section 10.1.1: it is not for HTTP/1.0, nor for when no content will come.
	if (!http_1_0) {
		if (notes_.expect_other)
			return Status::expectation_failed;
		request_.expect_continue =
			notes_.expect_continue &&
			(request_.framing == Framing::chunked || request_.content_length != 0);
	}
	return Status::none;
}

} // namespace khttpd
