// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A page that shows what is in a directory, made for one request. Its FileReply owns it. It is made
 * in process context, and sent and freed in any.
 */
#pragma once

#include "base/owned.h"
#include "http/status.h"
#include "server/files/listing_memory.h"
#include "server/files/listing_page.h"

namespace khttpd {

class Listing {
public:
	static void destroy(Listing *listing) noexcept;
	using Owner = Owned<Listing, destroy>;

	// Its memory counts as that of the server `net`. The owner is empty when there is none.
	static Owner create(kh_net *net);

	// Makes the page of the directory whose normalized path of `size` bytes is in `path`, which
	// has room for a name and a NUL behind it. Returns 200, or the status of an errno.
	Status make(kh_root *root, u8 *path, usize size);

	// Takes a name from the directory. False when no more is wanted.
	bool take(Bytes name);

	const ListingPage &page() const { return page_; }

private:
	explicit Listing(kh_net *net) : page_(net), names_(net), entries_(net) {}

	struct Entry {
		u32 name; // its place among the names
		u8 name_size;
		bool directory;
		u64 size;
		u64 mtime;
	};

	Bytes name_of(const Entry &entry) const
	{
		return {names_.data() + entry.name, entry.name_size};
	}
	bool before(const Entry &a, const Entry &b) const;
	bool look(kh_root *root, u8 *path, usize size);
	void sort();
	void write(Bytes path);
	void write_entry(const Entry &entry);

	ListingPage page_;
	// Names as they came, each behind its size; then what they belong to.
	ListingBlock names_;
	ListingBlock entries_;
	u32 names_size_ = 0;
	u32 name_count_ = 0;
	u32 entry_count_ = 0;
	bool cut_ = false;
	bool out_of_memory_ = false;
};

} // namespace khttpd
