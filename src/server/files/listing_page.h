// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The text of a directory listing, in blocks of pages that are added as it grows and sent by
 * reference. Written in process context, part by part read in any. When memory or room is used up
 * nothing more is written and ok() is false.
 */
#pragma once

#include "base/bytes.h"
#include "kapi/kapi.h"

namespace khttpd {

class ListingPage {
public:
	static constexpr u32 kPartSize = KH_BODY_SPAN;
	static constexpr u32 kMaxParts = 32;

	explicit ListingPage(kh_net *net) : net_(net) {}
	ListingPage(const ListingPage &) = delete;
	ListingPage &operator=(const ListingPage &) = delete;
	~ListingPage();

	void put(Bytes text);
	void put(u64 number);
	// As HTML text. Control characters, and bytes that are not UTF-8, become U+FFFD.
	void put_text(Bytes text);
	// As a segment of a relative reference (RFC 3986 section 3.3), with nothing in it that HTML
	// would take for something else.
	void put_segment(Bytes name);

	bool ok() const { return ok_; }
	u32 size() const { return size_; }
	// Bytes that may still be written.
	u32 room() const { return kMaxParts * kPartSize - size_; }

	u32 part_count() const { return (size_ + kPartSize - 1) / kPartSize; }
	kh_body *part(u32 index) const { return parts_[index]; }
	u32 part_size(u32 index) const
	{
		return index + 1 < part_count() ? kPartSize : size_ - index * kPartSize;
	}

private:
	// Room behind what was written, in one block; null when there is none.
	u8 *tail();

	kh_net *net_; // whose memory it counts as
	kh_body *parts_[kMaxParts] = {};
	u32 size_ = 0;
	bool ok_ = true;
};

} // namespace khttpd
