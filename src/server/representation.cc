// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/representation.h"

#include "http/date.h"
#include "http/etag.h"
#include "http/mime.h"

namespace khttpd {

void write_content_type(HeadWriter &value, Bytes type, const kh_settings &settings)
{
	Bytes charset = mime_takes_charset(type) ? bytes_of(settings.charset) : Bytes();

	value.raw(type);
	if (!charset.empty()) {
		value.raw("; charset="_b);
		value.raw(charset);
	}
}

void Representation::set(Bytes path, const kh_file_info &info, Coding coding, u32 available)
{
	info_ = info;
	type_ = mime_type_of(path);
	coding_ = coding;
	available_ = available;
	etag_size_ = static_cast<u8>(format_etag(info.mtime_ns, info.size, info.inode, etag_));
}

bool Representation::same(const kh_file_info &info, u32 available) const
{
	return available == available_ && info.inode == info_.inode && info.size == info_.size &&
	       info.mtime_ns == info_.mtime_ns && info.ctime_ns == info_.ctime_ns;
}

Bytes Representation::content_type(const kh_settings &settings, std::span<u8> out) const
{
	HeadWriter value(out);

	write_content_type(value, type_, settings);
	return value.written();
}

void Representation::write_head(HeadWriter &head, Status status, Bytes date,
				const kh_settings &settings, u64 length, const ByteRange *range,
				Bytes content_type) const
{
	u8 modified[kHttpDateSize];

	head.status_line(status);
	head.field("Date"_b, date);
	head.field("Server"_b, "khttpd"_b);
	head.field("ETag"_b, {etag_, etag_size_});
	if (available_ != 0)
		head.field("Vary"_b, "Accept-Encoding"_b);
	if (settings.cache_control.size)
		head.field("Cache-Control"_b, bytes_of(settings.cache_control));
	if (status == Status::not_modified)
		return;
	format_http_date(info_.mtime, modified);
	head.field("Last-Modified"_b, {modified, sizeof(modified)});
	head.field("Accept-Ranges"_b, "bytes"_b);
	if (coding_ != Coding::identity)
		head.field("Content-Encoding"_b, coding_name(coding_));
	head.field("Content-Type"_b, content_type);
	if (range)
		head.content_range(range->first, range->last, info_.size);
	head.field("Content-Length"_b, length);
}

bool is_plain(const Request &request)
{
	return !request.has(Field::if_match) && !request.has(Field::if_none_match) &&
	       !request.has(Field::if_modified_since) && !request.has(Field::if_unmodified_since) &&
	       !request.has(Field::range);
}

void select(Bytes head, const Request &request, const Representation &representation,
	    Selection &selection)
{
	Conditions conditions =
		evaluate_conditions(head, request, representation.validators(), kh_unix_seconds());

	selection.count = 0;
	selection.status = conditions.status;
	if (conditions.status != Status::none)
		return;
	selection.status = Status::ok;
	if (!conditions.use_range)
		return;
	RangeResult result = parse_ranges(request.single(Field::range).of(head),
					  representation.size(), selection.ranges);
	if (result.outcome == RangeOutcome::unsatisfiable) {
		selection.status = Status::range_not_satisfiable;
	} else if (result.outcome == RangeOutcome::satisfiable) {
		selection.status = Status::partial_content;
		selection.count = result.count;
	}
}

} // namespace khttpd
