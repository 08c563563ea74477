// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/listing.h"

#include <new>
#include <utility>

#include "http/date.h"
#include "base/errno.h"
#include "server/replies/status_of_errno.h"

namespace khttpd {

namespace {

// Names that are looked at, hidden ones included, and their bytes. Those that the page has room for
// are far fewer bytes.
constexpr u32 kMaxListingNames = 10000;
constexpr u32 kMaxListingNameBytes = 512 << 10;
// The longest row: a name as a link and as text, each byte of which may take six; and the page's
// end.
constexpr u32 kMaxListingRow = 255 * (3 + 6) + 256;
constexpr u32 kListingEnd = 256;

} // namespace

Listing::Owner Listing::create(kh_net *net)
{
	void *memory = kh_alloc(sizeof(Listing), KH_GFP_KERNEL);

	if (!memory) {
		kh_stat_add(net, KH_STAT_out_of_memory, 1);
		return Owner();
	}
	return Owner(new (memory) Listing(net));
}

void Listing::destroy(Listing *listing) noexcept
{
	listing->~Listing();
	kh_free(listing);
}

bool Listing::take(Bytes name)
{
	if (name_count_ == kMaxListingNames ||
	    names_size_ + 1 + name.size() > kMaxListingNameBytes) {
		cut_ = true;
		return false;
	}
	name_count_++;
	if (name.empty() || name[0] == '.' || name.size() > 255)
		return true;
	if (!names_.reserve(names_size_ + 1 + static_cast<u32>(name.size()), names_size_)) {
		out_of_memory_ = true;
		return false;
	}
	u8 *to = names_.data() + names_size_;
	*to = static_cast<u8>(name.size());
	__builtin_memcpy(to + 1, name.data(), name.size());
	names_size_ += 1 + static_cast<u32>(name.size());
	return true;
}

// Finds out what each name belongs to; what a request would not get is left out. False without
// memory.
bool Listing::look(kh_root *root, u8 *path, usize size)
{
	u32 next;

	if (!entries_.reserve(static_cast<u32>(name_count_ * sizeof(Entry)), 0))
		return false;
	for (u32 at = 0; at < names_size_; at = next) {
		const Bytes name(names_.data() + at + 1, names_.data()[at]);
		kh_file_info info;

		next = at + 1 + static_cast<u32>(name.size());
		__builtin_memcpy(path + size, name.data(), name.size());
		path[size + name.size()] = '\0';
		if (kh_file_stat(root, reinterpret_cast<const char *>(path), &info))
			continue;
		new (entries_.data() + entry_count_++ * sizeof(Entry))
			Entry{at + 1, static_cast<u8>(name.size()), info.directory, info.size,
			      info.mtime};
	}
	path[size] = '\0';
	return true;
}

// Directories come first, then the order of the names' bytes.
bool Listing::before(const Entry &a, const Entry &b) const
{
	return a.directory != b.directory ? a.directory : compare(name_of(a), name_of(b)) < 0;
}

// By a heap: in place, without recursion, and as fast for names in an order that someone chose.
void Listing::sort()
{
	Entry *entries = reinterpret_cast<Entry *>(entries_.data());
	u32 start = entry_count_ / 2;
	u32 end = entry_count_;

	while (end > 1) {
		kh_let_others_run();
		if (start > 0)
			start--;
		else
			std::swap(entries[0], entries[--end]);
		for (u32 parent = start, child; (child = 2 * parent + 1) < end; parent = child) {
			if (child + 1 < end && before(entries[child], entries[child + 1]))
				child++;
			if (!before(entries[parent], entries[child]))
				break;
			std::swap(entries[parent], entries[child]);
		}
	}
}

void Listing::write_entry(const Entry &entry)
{
	u8 modified[kHttpDateSize];

	format_http_date(entry.mtime, modified);
	// The dot keeps a colon in the name from making a scheme of it (RFC 3986 section 4.2).
	page_.put("<tr><td><a href=\"./"_b);
	page_.put_segment(name_of(entry));
	page_.put(entry.directory ? "/\">"_b : "\">"_b);
	page_.put_text(name_of(entry));
	page_.put(entry.directory ? "/</a></td><td>"_b : "</a></td><td>"_b);
	if (!entry.directory)
		page_.put(entry.size);
	page_.put("</td><td>"_b);
	page_.put(Bytes(modified, sizeof(modified)));
	page_.put("</td></tr>\n"_b);
}

void Listing::write(Bytes path)
{
	const Entry *entries = reinterpret_cast<const Entry *>(entries_.data());

	page_.put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		  "<title>Index of "_b);
	page_.put_text(path);
	page_.put("</title>\n</head>\n<body>\n<h1>Index of "_b);
	page_.put_text(path);
	page_.put("</h1>\n<table>\n<thead>\n<tr><th>Name</th><th>Size</th><th>Modified</th></tr>\n"
		  "</thead>\n<tbody>\n"_b);
	if (path.size() > 1)
		page_.put("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n"_b);
	for (u32 i = 0; i < entry_count_; i++) {
		if (page_.room() < kMaxListingRow + kListingEnd) {
			cut_ = true;
			break;
		}
		kh_let_others_run();
		write_entry(entries[i]);
	}
	page_.put("</tbody>\n</table>\n"_b);
	if (cut_)
		page_.put("<p>The directory is too large: not all of it is shown.</p>\n"_b);
	page_.put("</body>\n</html>\n"_b);
}

Status Listing::make(kh_root *root, u8 *path, usize size)
{
	int err = kh_dir_list(root, reinterpret_cast<const char *>(path), this);

	if (err)
		return status_of_errno(Error(err));
	if (out_of_memory_ || !look(root, path, size))
		return Status::service_unavailable;
	sort();
	write({path, size});
	names_.release();
	entries_.release();
	return page_.ok() ? Status::ok : Status::service_unavailable;
}

} // namespace khttpd

extern "C" bool khttpd_listing_take(void *listing, const u8 *name, u32 size) noexcept
{
	return static_cast<khttpd::Listing *>(listing)->take({name, size});
}
