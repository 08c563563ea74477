// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <array>

#include "base/bytes.h"

namespace khttpd {

// The status codes that are spoken of here (RFC 9110 section 15, RFC 6585). A route may have
// others.
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

struct StatusReason {
	u16 code;
	Bytes reason;
};

// The codes that IANA registers, and 418, which it keeps free as it is in use.
inline constexpr StatusReason kStatusReasons[] = {
	{100, "Continue"_b},
	{101, "Switching Protocols"_b},
	{102, "Processing"_b},
	{103, "Early Hints"_b},
	{104, "Upload Resumption Supported"_b},
	{200, "OK"_b},
	{201, "Created"_b},
	{202, "Accepted"_b},
	{203, "Non-Authoritative Information"_b},
	{204, "No Content"_b},
	{205, "Reset Content"_b},
	{206, "Partial Content"_b},
	{207, "Multi-Status"_b},
	{208, "Already Reported"_b},
	{226, "IM Used"_b},
	{300, "Multiple Choices"_b},
	{301, "Moved Permanently"_b},
	{302, "Found"_b},
	{303, "See Other"_b},
	{304, "Not Modified"_b},
	{305, "Use Proxy"_b},
	{307, "Temporary Redirect"_b},
	{308, "Permanent Redirect"_b},
	{400, "Bad Request"_b},
	{401, "Unauthorized"_b},
	{402, "Payment Required"_b},
	{403, "Forbidden"_b},
	{404, "Not Found"_b},
	{405, "Method Not Allowed"_b},
	{406, "Not Acceptable"_b},
	{407, "Proxy Authentication Required"_b},
	{408, "Request Timeout"_b},
	{409, "Conflict"_b},
	{410, "Gone"_b},
	{411, "Length Required"_b},
	{412, "Precondition Failed"_b},
	{413, "Content Too Large"_b},
	{414, "URI Too Long"_b},
	{415, "Unsupported Media Type"_b},
	{416, "Range Not Satisfiable"_b},
	{417, "Expectation Failed"_b},
	{418, "I'm a Teapot"_b},
	{421, "Misdirected Request"_b},
	{422, "Unprocessable Content"_b},
	{423, "Locked"_b},
	{424, "Failed Dependency"_b},
	{425, "Too Early"_b},
	{426, "Upgrade Required"_b},
	{428, "Precondition Required"_b},
	{429, "Too Many Requests"_b},
	{431, "Request Header Fields Too Large"_b},
	{451, "Unavailable For Legal Reasons"_b},
	{500, "Internal Server Error"_b},
	{501, "Not Implemented"_b},
	{502, "Bad Gateway"_b},
	{503, "Service Unavailable"_b},
	{504, "Gateway Timeout"_b},
	{505, "HTTP Version Not Supported"_b},
	{506, "Variant Also Negotiates"_b},
	{507, "Insufficient Storage"_b},
	{508, "Loop Detected"_b},
	{510, "Not Extended"_b},
	{511, "Network Authentication Required"_b},
};

constexpr std::array<u8, 500> make_reason_places()
{
	std::array<u8, 500> places = {};
	u8 place = 0;

	for (const StatusReason &entry : kStatusReasons)
		places[entry.code - 100u] = ++place;
	return places;
}

// Behind which entry of kStatusReasons those of 100 to 599 are; 0 for those that have none.
inline constexpr std::array<u8, 500> kReasonPlaces = make_reason_places();

// Codes that are not registered have the name of their class, for what reads the reason: a client
// that does not know a code is to treat it as its class (RFC 9110 section 15).
constexpr Bytes reason_phrase(Status status)
{
	constexpr Bytes of_class[] = {"Informational"_b, "Successful"_b, "Redirection"_b,
				      "Client Error"_b, "Server Error"_b};
	const u32 place = status_code(status) - 100u;

	if (place >= kReasonPlaces.size())
		return Bytes();
	return kReasonPlaces[place] ? kStatusReasons[kReasonPlaces[place] - 1u].reason :
				      of_class[place / 100];
}

} // namespace khttpd
