// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// The status codes an origin server needs (RFC 9110 section 15, RFC 6585).
enum class Status : u16 {
	none = 0,
	continue_ = 100,
	ok = 200,
	created = 201,
	accepted = 202,
	no_content = 204,
	partial_content = 206,
	multiple_choices = 300,
	moved_permanently = 301,
	found = 302,
	see_other = 303,
	not_modified = 304,
	temporary_redirect = 307,
	permanent_redirect = 308,
	bad_request = 400,
	unauthorized = 401,
	forbidden = 403,
	not_found = 404,
	method_not_allowed = 405,
	not_acceptable = 406,
	request_timeout = 408,
	conflict = 409,
	gone = 410,
	length_required = 411,
	precondition_failed = 412,
	content_too_large = 413,
	uri_too_long = 414,
	unsupported_media_type = 415,
	range_not_satisfiable = 416,
	expectation_failed = 417,
	teapot = 418,
	misdirected_request = 421,
	upgrade_required = 426,
	too_many_requests = 429,
	header_fields_too_large = 431,
	unavailable_for_legal_reasons = 451,
	internal_server_error = 500,
	not_implemented = 501,
	bad_gateway = 502,
	service_unavailable = 503,
	gateway_timeout = 504,
	version_not_supported = 505,
	insufficient_storage = 507,
};

constexpr u16 status_code(Status status)
{
	return static_cast<u16>(status);
}

constexpr unsigned int status_class(Status status)
{
	return status_code(status) / 100u;
}

// A reply that never has content, whatever its method (RFC 9110 section 6.4.1).
constexpr bool status_has_no_content(Status status)
{
	return status_class(status) == 1 || status == Status::no_content ||
	       status == Status::not_modified;
}

constexpr Bytes reason_phrase(Status status)
{
	switch (status) {
	case Status::continue_:
		return "Continue"_b;
	case Status::ok:
		return "OK"_b;
	case Status::created:
		return "Created"_b;
	case Status::accepted:
		return "Accepted"_b;
	case Status::no_content:
		return "No Content"_b;
	case Status::partial_content:
		return "Partial Content"_b;
	case Status::multiple_choices:
		return "Multiple Choices"_b;
	case Status::moved_permanently:
		return "Moved Permanently"_b;
	case Status::found:
		return "Found"_b;
	case Status::see_other:
		return "See Other"_b;
	case Status::not_modified:
		return "Not Modified"_b;
	case Status::temporary_redirect:
		return "Temporary Redirect"_b;
	case Status::permanent_redirect:
		return "Permanent Redirect"_b;
	case Status::bad_request:
		return "Bad Request"_b;
	case Status::unauthorized:
		return "Unauthorized"_b;
	case Status::forbidden:
		return "Forbidden"_b;
	case Status::not_found:
		return "Not Found"_b;
	case Status::method_not_allowed:
		return "Method Not Allowed"_b;
	case Status::not_acceptable:
		return "Not Acceptable"_b;
	case Status::request_timeout:
		return "Request Timeout"_b;
	case Status::conflict:
		return "Conflict"_b;
	case Status::gone:
		return "Gone"_b;
	case Status::length_required:
		return "Length Required"_b;
	case Status::precondition_failed:
		return "Precondition Failed"_b;
	case Status::content_too_large:
		return "Content Too Large"_b;
	case Status::uri_too_long:
		return "URI Too Long"_b;
	case Status::unsupported_media_type:
		return "Unsupported Media Type"_b;
	case Status::range_not_satisfiable:
		return "Range Not Satisfiable"_b;
	case Status::expectation_failed:
		return "Expectation Failed"_b;
	case Status::teapot:
		return "I'm a Teapot"_b;
	case Status::misdirected_request:
		return "Misdirected Request"_b;
	case Status::upgrade_required:
		return "Upgrade Required"_b;
	case Status::too_many_requests:
		return "Too Many Requests"_b;
	case Status::header_fields_too_large:
		return "Request Header Fields Too Large"_b;
	case Status::unavailable_for_legal_reasons:
		return "Unavailable For Legal Reasons"_b;
	case Status::internal_server_error:
		return "Internal Server Error"_b;
	case Status::not_implemented:
		return "Not Implemented"_b;
	case Status::bad_gateway:
		return "Bad Gateway"_b;
	case Status::service_unavailable:
		return "Service Unavailable"_b;
	case Status::gateway_timeout:
		return "Gateway Timeout"_b;
	case Status::version_not_supported:
		return "HTTP Version Not Supported"_b;
	case Status::insufficient_storage:
		return "Insufficient Storage"_b;
	case Status::none:
		break;
	}
	return Bytes();
}

} // namespace khttpd
