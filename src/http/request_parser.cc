// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/request_parser.h"

#include "http/authority.h"
#include "http/chars.h"
#include "http/request_words.h"

namespace khttpd {

namespace {

// RFC 9112 section 2.2 asks for at least one empty line before a request to be passed over.
constexpr u8 kMaxEmptyLines = 2;

// RFC 9112 section 3: a method longer than any implemented is answered with 501.
constexpr usize kMaxMethodSize = 64;

constexpr usize kVersionSize = 8;

// As load32() sees it.
constexpr u32 kHostLower = 0x74736f68;

} // namespace

// Everything that takes a Cursor becomes one function, so that the Cursor lives in registers.
struct RequestParser::Cursor {
	const u8 *base;
	const u8 *p;
	const u8 *end;
	Status status = Status::none;

	u16 offset() const { return static_cast<u16>(p - base); }
	bool at_end() const { return p == end; }
	Bytes from(u16 start) const { return {base + start, static_cast<usize>(p - base) - start}; }
	Slice slice(u16 start) const { return {start, static_cast<u16>(offset() - start)}; }
	bool bad(Status why)
	{
		status = why;
		return false;
	}
	bool bad() { return bad(Status::bad_request); }
};

void RequestParser::reset()
{
	pos_ = 0;
	mark_ = 0;
	field_count_ = 0;
	state_ = State::start;
	empty_lines_ = 0;
	notes_ = FieldNotes{};
	request_.method = Method::other;
	request_.version_minor = 0;
	request_.keep_alive = false;
	request_.expect_continue = false;
	request_.framing = Framing::none;
	request_.form = TargetForm::origin;
	request_.content_length = 0;
	request_.method_name = Slice{};
	request_.target = Slice{};
	request_.path = Slice{};
	request_.query = Slice{};
	request_.authority = Slice{};
	request_.field_section = Slice{};
	request_.present_ = 0;
	request_.repeated_ = 0;
}

ParseResult RequestParser::parse_any(Bytes head, const HeadLimits &limits, FieldMemo *memo)
{
	const u32 limit = head_limit(limits);
	const Bytes seen = head.prefix(limit);
	Cursor in{seen.data(), seen.data() + pos_, seen.end()};
	bool complete = true;
	u16 known = 0; // bytes of fields that were taken from the memo

	if (state_ < State::field) {
		complete = request_line(in, limits);
		if (complete && memo != nullptr)
			known = recall(*memo, {in.p, static_cast<usize>(in.end - in.p)},
				       in.offset(), limits.header_count);
		in.p += known;
	}
	if (complete && known == 0)
		complete = fields(in, limits.header_count);
	pos_ = in.offset();
	if (complete) {
		const Status status = finish();
		const bool good = status == Status::none;

		if (good && memo != nullptr && known == 0)
			remember(*memo, in.base);
		return {good ? ParseOutcome::done : ParseOutcome::bad, pos_, status};
	}
	if (in.status != Status::none)
		return {ParseOutcome::bad, 0, in.status};
	if (seen.size() < limit)
		return {ParseOutcome::need_more, 0, Status::none};
	return {ParseOutcome::bad, 0,
		state_ < State::field ? Status::uri_too_long : Status::header_fields_too_large};
}

KH_FORCE_INLINE bool RequestParser::request_line(Cursor &in, const HeadLimits &limits)
{
	const State from = state_;

	if (from <= State::start_lf && !empty_lines(in))
		return false;
	if (from <= State::method && !method(in))
		return false;
	if (from <= State::target && !target(in, limits))
		return false;
	return version(in) && target_form(in);
}

KH_FORCE_INLINE bool RequestParser::empty_lines(Cursor &in)
{
	for (; !in.at_end(); in.p++) {
		if (state_ == State::start_lf) {
			if (*in.p != '\n')
				return in.bad();
			state_ = State::start;
		} else if (*in.p == '\r') {
			if (empty_lines_ == kMaxEmptyLines)
				return in.bad();
			empty_lines_++;
			state_ = State::start_lf;
		} else {
			mark_ = in.offset();
			state_ = State::method;
			return true;
		}
	}
	return false;
}

KH_FORCE_INLINE bool RequestParser::method(Cursor &in)
{
	if (in.end - in.p >= 4 && load32(in.p) == kGetAndSpace && in.offset() == mark_) {
		request_.method = Method::get;
		request_.method_name = {mark_, 3};
		in.p += 4;
		mark_ = in.offset();
		state_ = State::target;
		return true;
	}
	in.p = skip_class(in.p, in.end, kCharToken);

	const Bytes name = in.from(mark_);

	if (name.size() > kMaxMethodSize)
		return in.bad(Status::not_implemented);
	if (in.at_end())
		return false;
	if (*in.p != ' ' || name.empty())
		return in.bad();
	request_.method = method_of(name);
	request_.method_name = in.slice(mark_);
	in.p++;
	mark_ = in.offset();
	state_ = State::target;
	return true;
}

KH_FORCE_INLINE bool RequestParser::target(Cursor &in, const HeadLimits &limits)
{
	const u8 *p = in.p;
	const u8 *const end = in.end;

	if (!request_.query.present()) {
		p = skip_class(p, end, kCharTarget);
		if (p != end && *p == '?') {
			p++;
			request_.query.offset = static_cast<u16>(p - in.base);
		}
	}
	if (request_.query.present()) {
		p = skip_class(p, end, kCharTarget | kCharQuery);
		request_.query.size = static_cast<u16>(p - in.base - request_.query.offset);
	}
	in.p = p;

	const Slice target = in.slice(mark_);

	if (target.size > limits.target_size)
		return in.bad(Status::uri_too_long);
	if (in.at_end())
		return false;
	if (*p != ' ' || target.size == 0)
		return in.bad();
	request_.target = target;
	in.p++;
	mark_ = in.offset();
	state_ = State::version;
	return true;
}

// HTTP-version CRLF (RFC 9112 section 2.3).
KH_FORCE_INLINE bool RequestParser::version(Cursor &in)
{
	constexpr Bytes name = "HTTP/1.0"_b;

	if (in.offset() == mark_ && in.end - in.p >= static_cast<std::ptrdiff_t>(kVersionEndSize)) {
		const u64 minor = usual_version(in.p);

		if (minor <= 1) {
			request_.version_minor = static_cast<u8>(minor);
			in.p += kVersionEndSize;
			return true;
		}
	}
	for (; !in.at_end(); in.p++) {
		const usize i = in.offset() - mark_;
		const u8 c = *in.p;

		if (i == kVersionSize) {
			if (c != '\r')
				return in.bad();
		} else if (i > kVersionSize) {
			if (c != '\n')
				return in.bad();
			in.p++;
			return true;
		} else if (i == 5 || i == 7) {
			if (!is_digit(c))
				return in.bad();
			if (i == 7 && in.p[-2] != '1')
				return in.bad(Status::version_not_supported);
			// A higher minor version is served as the highest known
			// (RFC 9110 section 6.2).
			request_.version_minor = c != '0';
		} else if (c != name[i]) {
			return in.bad();
		}
	}
	return false;
}

// RFC 9112 section 3.2. Runs after the version, so that other majors get their 505 first. What a
// path may have is seen already; authorities are judged here, by RFC 3986 alone.
KH_FORCE_INLINE bool RequestParser::target_form(Cursor &in)
{
	const Slice whole = request_.target;
	const Bytes target(in.base + whole.offset, whole.size);
	const Slice query = request_.query;

	mark_ = in.offset();
	if (request_.method == Method::connect) {
		if (!valid_authority_with_port(target))
			return in.bad();
		request_.form = TargetForm::authority;
		request_.authority = whole;
	} else if (target[0] == '/') {
		request_.form = TargetForm::origin;
		request_.path = whole;
		if (query.present())
			request_.path.size = static_cast<u16>(query.offset - 1 - whole.offset);
	} else if (target[0] == '*') {
		if (target.size() != 1 || request_.method != Method::options)
			return in.bad();
		request_.form = TargetForm::asterisk;
	} else {
		const Status status = absolute_form(in.base, target);

		if (status != Status::none)
			return in.bad(status);
	}
	request_.field_section.offset = mark_;
	state_ = State::field;
	return true;
}

// From where the last call stopped to the empty line; the states are in the order of the parts.
KH_FORCE_INLINE bool RequestParser::fields(Cursor &in, u16 limit)
{
	for (State from = state_; from != State::end_lf; from = State::field) {
		if (from == State::field) {
			if (in.at_end())
				return false;
			if (*in.p == '\r') {
				const u16 start = request_.field_section.offset;

				request_.field_section.size = in.slice(start).size;
				in.p++;
				state_ = State::end_lf;
				break;
			}
			if (field_count_ >= limit)
				return in.bad(Status::header_fields_too_large);
			field_count_++;
			mark_ = in.offset();
			state_ = State::name;
		}
		if (from <= State::name && !name(in))
			return false;
		if (from <= State::ows && !white_space(in))
			return false;
		if (from <= State::value && !value(in))
			return false;
		if (!end_of_field(in))
			return false;
	}
	if (in.at_end())
		return false;
	if (*in.p != '\n')
		return in.bad();
	in.p++;
	return true;
}

// White space before the colon and folded lines end here too: neither is a token character
// (RFC 9112 sections 5.1 and 5.2).
KH_FORCE_INLINE bool RequestParser::name(Cursor &in)
{
	const u8 *p = in.p;
	const u8 *const end = in.end;

	// The field that every request has.
	if (end - p >= 5 && (load32(p) | 0x20202020u) == kHostLower && p[4] == ':' &&
	    in.offset() == mark_) {
		current_ = Field::host;
		in.p += 5;
		state_ = State::ows;
		return true;
	}
	p = skip_class(p, end, kCharToken);
	in.p = p;
	if (p == end)
		return false;

	const Bytes name = in.from(mark_);

	if (*p != ':' || name.empty())
		return in.bad();
	current_ = field_of(name);
	in.p++;
	state_ = State::ows;
	return true;
}

KH_FORCE_INLINE bool RequestParser::white_space(Cursor &in)
{
	while (!in.at_end() && is_ows(*in.p))
		in.p++;
	if (in.at_end())
		return false;
	value_ = in.offset();
	state_ = State::value;
	return true;
}

KH_FORCE_INLINE bool RequestParser::value(Cursor &in)
{
	const u8 *p = in.p;
	const u8 *const end = in.end;

	for (;;) {
		u64 mask = 0;

		while (end - p >= 8) {
			mask = control_mask(load64(p));
			if (mask != 0)
				break;
			p += 8;
		}
		if (mask != 0)
			p += __builtin_ctzll(mask) / 8;
		else
			p = skip_class(p, end, kCharText);
		if (p == end || *p != '\t')
			break;
		p++;
	}
	in.p = p;
	if (p == end)
		return false;
	if (*p != '\r')
		return in.bad();
	in.p++;
	state_ = State::value_lf;
	return true;
}

KH_FORCE_INLINE bool RequestParser::end_of_field(Cursor &in)
{
	if (in.at_end())
		return false;
	if (*in.p != '\n')
		return in.bad();
	if (current_ < Field::count) {
		const u8 *const start = in.base + value_;
		const u8 *end = in.p - 1;

		while (end != start && is_ows(end[-1]))
			end--;

		const Bytes value = {start, static_cast<usize>(end - start)};
		const Status status = current_ == Field::host ? host(value) : known_field(value);

		if (status != Status::none)
			return in.bad(status);
	}
	in.p++;
	state_ = State::field;
	return true;
}

// Once in every request of HTTP/1.1, valid in every version (RFC 9112 section 3.2).
KH_FORCE_INLINE Status RequestParser::host(Bytes value)
{
	if (request_.has(Field::host) || !valid_authority(value))
		return Status::bad_request;
	request_.present_ |= Request::bit(Field::host);
	request_.fields_[static_cast<usize>(Field::host)] = {value_,
							     static_cast<u16>(value.size())};
	return Status::none;
}

} // namespace khttpd
