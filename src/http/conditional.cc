// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/conditional.h"

#include "http/date.h"

namespace khttpd {

namespace {

// If-Match and If-None-Match: whether "*" or a tag of the list stands for what is there.
bool etag_field_matches(Bytes head, const Request &request, Field field, Bytes etag, bool weak)
{
	FieldLines lines(head, request, field);
	EntityTag tag;
	Bytes remainder = etag;
	Bytes value;
	const bool has_tag = take_entity_tag(remainder, tag);

	while (lines.next(value)) {
		if (value == "*"_b || (has_tag && etag_list_contains(value, tag, weak)))
			return true;
	}
	return false;
}

// A date field's value; nothing when it is to be ignored (absent, repeated or not a date).
std::optional<i64> date_field(Bytes head, const Request &request, Field field, u64 now)
{
	const Slice slice = request.single(field);

	if (!slice.present())
		return std::nullopt;
	return parse_http_date(slice.of(head), now);
}

// RFC 9110 section 13.1.5.
bool if_range_agrees(Bytes head, const Request &request, const Validators &current, u64 now)
{
	EntityTag asked;
	EntityTag have;
	Bytes value;
	Bytes etag = current.etag;

	if (!request.has(Field::if_range))
		return true;
	// Whatever is not one valid validator cannot agree.
	if (request.repeated(Field::if_range))
		return false;
	value = request.field(Field::if_range).of(head);
	if (take_entity_tag(value, asked))
		return value.empty() && take_entity_tag(etag, have) && strong_match(asked, have);

	const std::optional<i64> date = parse_http_date(value, now);

	// A date is a strong validator only when its second is over (section 8.8.2.2).
	return date && current.has_last_modified &&
	       *date == static_cast<i64>(current.last_modified) && current.last_modified < now;
}

} // namespace

Conditions evaluate_conditions(Bytes head, const Request &request, const Validators &current,
			       u64 now)
{
	const bool safe = request.method == Method::get || request.method == Method::head;
	const Conditions failed = {Status::precondition_failed, false};
	const Conditions unchanged = {Status::not_modified, false};
	const i64 modified = static_cast<i64>(current.last_modified);

	if (request.has(Field::if_match)) {
		if (!etag_field_matches(head, request, Field::if_match, current.etag, false))
			return failed;
	} else if (current.has_last_modified) {
		const auto date = date_field(head, request, Field::if_unmodified_since, now);

		if (date && modified > *date)
			return failed;
	}
	if (request.has(Field::if_none_match)) {
		if (etag_field_matches(head, request, Field::if_none_match, current.etag, true))
			return safe ? unchanged : failed;
	} else if (safe && current.has_last_modified) {
		const auto date = date_field(head, request, Field::if_modified_since, now);

		if (date && modified <= *date)
			return unchanged;
	}
	return {Status::none, request.method == Method::get &&
				      request.single(Field::range).present() &&
				      if_range_agrees(head, request, current, now)};
}

} // namespace khttpd
