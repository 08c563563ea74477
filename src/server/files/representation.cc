// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/representation.h"

#include "http/date.h"

namespace khttpd {

void Representation::set(Bytes path, const Place &place, const kh_file_info &info, Coding coding,
			 u32 available)
{
	info_ = info;
	type_ = place.type_of(path);
	coding_ = coding == Coding::identity ? coding_of_ending(path) : coding;
	available_ = available;
	tag_ = FileTag();
}

void Representation::weaken_tag()
{
	tag_ = FileTag::of_stamp(info_, 0, coding_);
	tag_.weaken();
}

bool Representation::same(const kh_file_info &info, u32 available) const
{
	return available == available_ && info.inode == info_.inode && info.size == info_.size &&
	       info.mtime_ns == info_.mtime_ns && info.ctime_ns == info_.ctime_ns &&
	       info.device == info_.device;
}

Bytes Representation::content_type(const Place &place, std::span<u8> out) const
{
	HeadWriter value(out);

	write_content_type(value, type_, place.charset);
	return value.written();
}

void Representation::write_head(HeadWriter &head, const HeadFields &fields,
				const Place &place) const
{
	u8 modified[kHttpDateSize];

	head.begin(fields.status, fields.date, place.server_field);
	head.field("ETag"_b, etag(fields.now));
	if (available_ != 0)
		head.field("Vary"_b, "Accept-Encoding"_b);
	if (!place.cache_control.empty())
		head.field("Cache-Control"_b, place.cache_control);
	head.raw(place.fields);
	if (fields.status == Status::not_modified)
		return;
	// RFC 9110 section 15.3.7: who sends If-Range has the representation's other fields, and
	// SHOULD NOT get them again. Type and coding are sent nevertheless:
	// they say what the bytes are to a client that looks at this reply alone.
	if (has_last_modified() && (fields.status != Status::partial_content || !fields.if_range)) {
		format_http_date(last_modified(fields.now), modified);
		head.field("Last-Modified"_b, {modified, sizeof(modified)});
	}
	head.field("Accept-Ranges"_b, "bytes"_b);
	if (coding_ != Coding::identity)
		head.field("Content-Encoding"_b, coding_name(coding_));
	head.field("Content-Type"_b, fields.content_type);
	if (fields.range)
		head.content_range(fields.range->first, fields.range->last, info_.size);
	head.field("Content-Length"_b, fields.length);
}

void select(Bytes head, const Request &request, const Representation &representation, u64 now,
	    Selection &selection)
{
	Conditions conditions =
		evaluate_conditions(head, request, representation.validators(now), now);

	selection.count = 0;
	selection.status = conditions.status;
	if (conditions.status != Status::none)
		return;
	selection.status = Status::ok;
	if (!conditions.use_range)
		return;
	// Content-Encoding is said of the whole reply: several parts of a coded file would be taken
	// for one coded multipart. Range may be ignored (RFC 9110 section 14.2).
	RangeResult result = parse_ranges(request.single(Field::range).of(head),
					  representation.size(), selection.ranges);
	if (result.outcome == RangeOutcome::unsatisfiable) {
		selection.status = Status::range_not_satisfiable;
	} else if (result.outcome == RangeOutcome::satisfiable &&
		   (result.count == 1 || representation.coding() == Coding::identity)) {
		selection.status = Status::partial_content;
		selection.count = result.count;
	}
}

} // namespace khttpd
