// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What a file is sent as (RFC 9110 section 8): its type, coding and validators, and the heads made
 * of them. A value; the media type points into the program or
 * the configuration, the etag into the value itself.
 */
#pragma once

#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "http/content_type.h"
#include "http/range.h"
#include "http/response_writer.h"
#include "config/config.h"
#include "server/files/file_tag.h"

namespace khttpd {

class Representation {
public:
	// `path` is the file's without a coding's suffix; `coding` is that of the neighbour, if it
	// is one; `available` has a bit for each coding that lies beside it, or is
	// KH_CODINGS_UNSEEN as long as nobody has looked, and Vary is sent.
	void set(Bytes path, const Place &place, const kh_file_info &info, Coding coding,
		 u32 available);
	Bytes type() const { return type_; }
	// For a copy of it, which stays as long as this.
	void set_type(Bytes type) { type_ = type; }
	// It has no entity tag before this.
	void set_tag(const FileTag &tag) { tag_ = tag; }
	// For a file that has changed since it was described.
	void weaken_tag();

	u64 size() const { return info_.size; }
	// The neighbour's, or that which the name itself tells.
	Coding coding() const { return coding_; }
	u32 available() const { return available_; }
	const kh_file_info &info() const { return info_; }
	// Still what was seen: nothing about the file has changed.
	bool same(const kh_file_info &info, u32 available) const;
	// Looking at the file tells whether its bytes have changed.
	bool told() const { return info_.change == KH_CHANGE_TOLD; }
	// As they are at `now`, in Unix seconds.
	Validators validators(u64 now) const
	{
		return {etag(now), last_modified(now), has_last_modified()};
	}
	// From this second on, in Unix time, the file cannot change once more under the same times,
	// and its fields stay as they are.
	u64 settled_from() const
	{
		const u64 over = info_.ctime_ns / kNanoseconds + 2;

		return info_.mtime < over ? over : info_.mtime;
	}

	struct HeadFields {
		Status status; // 200, 206 or 304
		u64 now;       // Unix seconds, and as Date has it:
		Bytes date;
		u64 length; // Content-Length
		const ByteRange *range;
		Bytes content_type;
		bool if_range; // the request had that field
	};
	// Writes the fields up to Connection.
	void write_head(HeadWriter &head, const HeadFields &fields, const Place &place) const;
	// Content-Type's value; empty if it does not fit.
	Bytes content_type(const Place &place, std::span<u8> out) const;

private:
	static constexpr u64 kNanoseconds = 1000000000;

	Bytes etag(u64 now) const { return tag_.text(settled_from() <= now); }
	// A time still to come is not for a client to hear (RFC 9110 section 8.8.2.1).
	u64 last_modified(u64 now) const { return info_.mtime < now ? info_.mtime : now; }
	// Builders of images and packages set 0 or 1 where they have no time to tell; ZIP's first
	// moment and npm's constant are others, and what is the same in all of an image.
	bool has_last_modified() const
	{
		return info_.mtime > 1 && info_.mtime != 315532800 && info_.mtime != 499162500 &&
		       !info_.time_of_image;
	}

	kh_file_info info_;
	Bytes type_;
	u32 available_;
	Coding coding_;
	FileTag tag_;
};

// What a request gets of a representation.
struct Selection {
	Status status; // 200, 206, 304, 412 or 416
	u32 count;     // of ranges, for 206
	// Room for as many as the request asks for: the caller's.
	std::span<ByteRange> ranges;
};

// `now` in Unix seconds.
void select(Bytes head, const Request &request, const Representation &representation, u64 now,
	    Selection &selection);

// Whether a neighbour in one of the codings would be sent in place of the file.
inline bool wants_coding(const Place &place, const CodingPreferences &preferences)
{
	return preferences.choose(place.codings.set, place.codings) != Coding::identity;
}

// A request without conditions and ranges gets the whole, without a look at validators.
inline bool is_plain(const Request &request)
{
	return !request.has_any<Field::if_match, Field::if_none_match, Field::if_modified_since,
				Field::if_unmodified_since, Field::range>();
}

} // namespace khttpd
