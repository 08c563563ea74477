// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "http/field_memo.h"
#include "http/request.h"
#include "http/status.h"

namespace khttpd {

struct HeadLimits {
	// At most 65535, since a Slice has 16 bits.
	u32 header_size;
	u32 target_size;
	u16 header_count;
};

enum class ParseOutcome : u8 {
	done,
	need_more,
	bad,
};

struct ParseResult {
	ParseOutcome outcome;
	// The length of the head with the empty line that ends it and any empty lines before it;
	// 0 when the end was not reached. A bad head may have an end too (e.g. status 417).
	u32 consumed;
	// What to answer when bad; the connection is to be closed after it.
	Status status;
};

// Parses a request head (RFC 9112 sections 2 to 6), incrementally and without copying. Every
// verdict depends only on the bytes before it, so that it is the same however they arrive, and
// comes as soon as its byte is there.
class RequestParser {
public:
	RequestParser() { reset(); }

	// Prepares for the next head.
	void reset();

	// `head` is all of the head so far (empty lines before it included), of which earlier calls
	// since reset() saw a prefix, perhaps at another address; bytes after the head do no harm.
	// A memo, of any heads parsed before, spares work and changes no result.
	ParseResult parse(Bytes head, const HeadLimits &limits, FieldMemo *memo = nullptr)
	{
		if (pos_ == 0) {
			const u16 size = parse_usual(head, limits, memo);

			if (size != 0)
				return {ParseOutcome::done, size, Status::none};
		}
		return parse_any(head, limits, memo);
	}

	// Complete when parse() said done; until then only what was parsed is set, and
	// method_name, target and version_minor are zero before that.
	const Request &request() const { return request_; }

	// Something other than an empty line has come.
	bool started() const { return state_ != State::start; }

private:
	enum class State : u8 {
		start,
		start_lf,
		method,
		target,
		version,
		line_lf,
		field,
		name,
		ows,
		value,
		value_lf,
		end_lf,
	};
	struct Cursor;

	static constexpr u32 kMaxHeadSize = 65535;

	static u32 head_limit(const HeadLimits &limits)
	{
		return limits.header_size < kMaxHeadSize ? limits.header_size : kMaxHeadSize;
	}
	u16 parse_usual(Bytes head, const HeadLimits &limits, FieldMemo *memo);
	ParseResult parse_any(Bytes head, const HeadLimits &limits, FieldMemo *memo);
	bool request_line(Cursor &in, const HeadLimits &limits);
	bool empty_lines(Cursor &in);
	bool method(Cursor &in);
	bool target(Cursor &in, const HeadLimits &limits);
	bool version(Cursor &in);
	bool target_form(Cursor &in);
	Status absolute_form(const u8 *base, Bytes target);
	bool fields(Cursor &in, u16 limit);
	bool name(Cursor &in);
	bool white_space(Cursor &in);
	bool value(Cursor &in);
	bool end_of_field(Cursor &in);
	Status host(Bytes value);
	Status known_field(Bytes value);
	Status content_length(Bytes value);
	Status transfer_encoding(Bytes value);
	void connection(Bytes value);
	void expect(Bytes value);
	Status finish();
	u16 recall(FieldMemo &memo, Bytes tail, u16 start, u16 limit);
	void remember(FieldMemo &memo, const u8 *base) const;

	u16 pos_;
	u16 mark_;
	u16 value_;
	u16 field_count_;
	State state_;
	Field current_;
	u8 empty_lines_;
	FieldNotes notes_;
	Request request_;
};

} // namespace khttpd
