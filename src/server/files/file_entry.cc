// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/file_entry.h"

#include "http/date.h"

namespace khttpd {

namespace {

constexpr u32 kEntryHeadSize = 1024;

// A change is seen within a second: half of it passes until a look, which takes less than the rest.
bool entry_due(const FileEntry &entry)
{
	unsigned long age = kh_ticks() - __atomic_load_n(&entry.checked, __ATOMIC_RELAXED);

	return age * 2 >= kh_ticks_from_seconds(1);
}

bool entry_overdue(const FileEntry &entry)
{
	return kh_ticks() - __atomic_load_n(&entry.checked, __ATOMIC_RELAXED) >=
	       kh_ticks_from_seconds(1);
}

// True when the content read is that of the validators: the file did not change meanwhile, nor so
// lately that another change could leave its time as it is.
bool unchanged(kh_file *file, const Representation &representation)
{
	kh_file_info now;

	kh_file_describe(file, &now);
	return representation.same(now, representation.available()) &&
	       !representation.recent(kh_unix_seconds());
}

// Writes the head of the whole file as a 200, into which the time of day comes when it is sent.
// Empty when it does not fit.
Bytes write_plain_head(std::span<u8> out, const Representation &representation,
		       const kh_settings &settings)
{
	HeadWriter head(out);
	u8 type[kContentTypeSize];
	representation.write_head(head,
				  {.status = Status::ok,
				   .now = kh_unix_seconds(),
				   .date = kAnyHttpDate,
				   .length = representation.size(),
				   .range = nullptr,
				   .content_type = representation.content_type(settings, type),
				   .if_range = false},
				  settings);
	return head.ok() ? head.written() : Bytes();
}

// False when the content cannot be had, or is not that of the validators.
bool entry_read(FileEntry &entry, kh_file *file)
{
	const u64 size = entry.representation.size();

	entry.body = BodyRef(kh_body_create(size, KH_HELD_content));
	if (!entry.body || !kh_body_read(entry.body.get(), file) ||
	    !unchanged(file, entry.representation))
		return false;
	entry.plain.content = {kh_body_data(entry.body.get()), size <= kCopiedContent ? size : 0};
	return true;
}

CacheRef entry_create(Bytes key, const Representation &representation, Bytes head)
{
	const u32 core_size = static_cast<u32>(sizeof(FileEntry) + head.size());
	CacheRef node(kh_cache_create(key.data(), static_cast<u32>(key.size()), core_size,
				      static_cast<u32>(kh_body_charge(representation.size()))));

	if (!node)
		return node;
	u8 *core = static_cast<u8 *>(kh_cache_core(node.get()));
	FileEntry &entry = *new (core) FileEntry{};
	entry.representation = representation;
	entry.checked = kh_ticks();
	entry.plain.head = {core + sizeof(FileEntry), head.size()};
	entry.plain.status = Status::ok;
	entry.plain.date_offset = static_cast<u16>(head_date_offset(Status::ok));
	__builtin_memcpy(core + sizeof(FileEntry), head.data(), head.size());
	return node;
}

} // namespace

FileEntry &entry_of(kh_cache_node *node)
{
	return *static_cast<FileEntry *>(kh_cache_core(node));
}

Bytes entry_key(Bytes path, Coding coding, u8 *out)
{
	__builtin_memcpy(out, path.data(), path.size());
	out[path.size()] = static_cast<u8>(coding);
	return {out, path.size() + 1};
}

Freshness entry_freshness(kh_cache_node *node)
{
	const FileEntry &entry = entry_of(node);

	// While a disk does not answer what is known goes on being said.
	if (!entry_due(entry) || kh_files_stuck())
		return Freshness::fresh;
	if (kh_cache_begin_check(node) || entry_overdue(entry))
		return Freshness::stale;
	return Freshness::fresh;
}

CacheRef entry_load(Bytes key, const Representation &representation, kh_file *file,
		    const kh_settings &settings)
{
	u8 *scratch = static_cast<u8 *>(kh_alloc(kEntryHeadSize, KH_GFP_KERNEL));

	if (!scratch)
		return CacheRef();
	Bytes head = write_plain_head({scratch, kEntryHeadSize}, representation, settings);
	CacheRef node = head.empty() ? CacheRef() : entry_create(key, representation, head);

	kh_free(scratch);
	if (!node || !entry_read(entry_of(node.get()), file))
		return CacheRef();
	kh_cache_insert(node.get());
	return node;
}

} // namespace khttpd

extern "C" void khttpd_entry_free(void *core) noexcept
{
	static_cast<khttpd::FileEntry *>(core)->~FileEntry();
}
