// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"
#include "http/method.h"

namespace khttpd {

// A part of a request head, by its place: the head may move between two looks at it. Offset 0 means
// absent, since no part but the method can begin there.
struct Slice {
	u16 offset = 0;
	u16 size = 0;

	constexpr Bytes of(Bytes head) const { return head.sub(offset, size); }
	constexpr bool present() const { return offset != 0; }
};

// The fields somebody acts upon; all others are checked for syntax and passed over.
enum class Field : u8 {
	host,
	connection,
	content_length,
	transfer_encoding,
	expect,
	range,
	if_match,
	if_none_match,
	if_modified_since,
	if_unmodified_since,
	if_range,
	accept_encoding,
	upgrade,
	user_agent,
	referer,
	trailer,
	count,
};

inline constexpr usize kFieldCount = static_cast<usize>(Field::count);

// How the end of the body is found (RFC 9112 section 6.3).
enum class Framing : u8 {
	none,
	length,
	chunked,
};

// RFC 9112 section 3.2.
enum class TargetForm : u8 {
	origin,
	absolute,
	authority,
	asterisk,
};

struct Request {
	Method method;
	u8 version_minor;
	bool keep_alive;
	// A 100 (Continue) is awaited before content that is really to come.
	bool expect_continue;
	Framing framing;
	TargetForm form;
	// What Content-Length said; a number beyond 64 bits is kU64Max, which no limit admits.
	u64 content_length;
	Slice method_name;
	Slice target;
	// The path as it was sent. Empty (but present) for `http://host`, where it means "/".
	Slice path;
	// What follows the first '?', without it.
	Slice query;
	// The host and port of an absolute-form or authority-form target.
	Slice authority;
	// The field section: from the first field line to the empty line, exclusive.
	Slice field_section;

	bool has(Field field) const { return (present_ & bit(field)) != 0; }
	template <Field... fields>
	bool has_any() const
	{
		return (present_ & (bit(fields) | ...)) != 0;
	}
	// The value of the field's first line, without the white space around it.
	Slice field(Field field) const
	{
		return has(field) ? fields_[static_cast<usize>(field)] : Slice{};
	}
	// The field came on more than one line. A list field (If-Match, If-None-Match,
	// Accept-Encoding, Connection) is then read with FieldLines; a singleton (Range, If-Range,
	// the dates) has no valid value, so that it is to be ignored. Host, Content-Length never
	// repeat in a request that was accepted.
	bool repeated(Field field) const { return (repeated_ & bit(field)) != 0; }
	// The value of a field that must not be repeated: absent when it was.
	Slice single(Field field) const { return repeated(field) ? Slice{} : this->field(field); }

private:
	friend class RequestParser;

	static constexpr u32 bit(Field field) { return u32{1} << static_cast<u32>(field); }

	u32 present_;
	u32 repeated_;
	// Entries whose bit in present_ is clear are left as they were: clearing them would cost
	// more than parsing a small request.
	Slice fields_[kFieldCount];
};

// Walks over the values of every line of one field, in order.
class FieldLines {
public:
	FieldLines(Bytes head, const Request &request, Field field);

	bool next(Bytes &value);

private:
	Bytes rest_;
	Bytes only_;
	Field field_;
	bool scan_;
	bool done_;
};

// The field a name stands for, without regard to case; Field::count when nobody acts upon it. The
// name must consist of token characters.
Field field_of(Bytes name);

} // namespace khttpd
