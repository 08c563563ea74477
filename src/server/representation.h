// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What a file is sent as (RFC 9110 section 8): its type, coding and validators, and the heads made
 * of them. A value; the media type points into the program, the etag into the value itself.
 */
#pragma once

#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "http/range.h"
#include "http/response_writer.h"
#include "server/config.h"
#include "server/prepared_reply.h"

namespace khttpd {

// Requests for more ranges than this get the whole file (RFC 9110 section 17.15).
inline constexpr u32 kMaxRanges = 16;

// The longest value of Content-Type: that of a route with a charset.
inline constexpr usize kContentTypeSize = 208;

// The type, with the charset that the settings add to text.
void write_content_type(HeadWriter &value, Bytes type, const kh_settings &settings);

class Representation {
public:
	// `path` is the file's without a coding's suffix; `available` has a bit for each coding
	// that lies beside it.
	void set(Bytes path, const kh_file_info &info, Coding coding, u32 available);

	u64 size() const { return info_.size; }
	Coding coding() const { return coding_; }
	u32 available() const { return available_; }
	// Still what was seen: nothing about the file has changed.
	bool same(const kh_file_info &info, u32 available) const;
	Validators validators() const { return {{etag_, etag_size_}, info_.mtime, true}; }

	// Writes the fields of a 200, 206 or 304 up to Connection. Content-Length is `length`.
	void write_head(HeadWriter &head, Status status, Bytes date, const kh_settings &settings,
			u64 length, const ByteRange *range, Bytes content_type) const;
	// Content-Type's value; empty if it does not fit.
	Bytes content_type(const kh_settings &settings, std::span<u8> out) const;

private:
	kh_file_info info_;
	Bytes type_;
	u32 available_;
	Coding coding_;
	u8 etag_size_;
	u8 etag_[kMaxEtagSize];
};

// What a request gets of a representation.
struct Selection {
	Status status; // 200, 206, 304, 412 or 416
	u32 count;     // of ranges, for 206
	ByteRange ranges[kMaxRanges];
};

void select(Bytes head, const Request &request, const Representation &representation,
	    Selection &selection);

// A request without conditions and ranges gets the whole, without a look at validators.
bool is_plain(const Request &request);

} // namespace khttpd
