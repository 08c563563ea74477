// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/file_entry.h"

#include "http/date.h"

namespace khttpd {

namespace {

// While a disk is slow a look is due after so many seconds.
constexpr u32 kLate = 4;

// What a key's last byte has besides a coding: whose number stands before it.
constexpr u8 kOwned = 0x40, kByPlace = 0x80;

unsigned long entry_age(const FileEntry &entry)
{
	return kh_ticks() - __atomic_load_n(&entry.checked, __ATOMIC_RELAXED);
}

// The head of the whole file as a 200, into which the time of day comes when it is sent.
class PlainHead {
public:
	PlainHead(const Representation &representation, const Place &place)
	{
		if (write(usual_, representation, place))
			return;
		larger_ = static_cast<u8 *>(kh_alloc(kLargest, KH_GFP_KERNEL));
		if (larger_)
			write({larger_, kLargest}, representation, place);
		else
			kh_stat_add(place.settings->net, KH_STAT_out_of_memory, 1);
	}

	~PlainHead() { kh_free(larger_); }

	PlainHead(const PlainHead &) = delete;
	PlainHead &operator=(const PlainHead &) = delete;

	// Empty when it does not fit, or there is no memory.
	Bytes text() const { return text_; }

private:
	// Not inlined, so that its frame is not part of the caller's.
	[[gnu::noinline]] bool write(std::span<u8> out, const Representation &representation,
				     const Place &place)
	{
		HeadWriter head(out);
		u8 type[kContentTypeSize];
		representation.write_head(head,
					  {.status = Status::ok,
					   .now = kh_unix_seconds(),
					   .date = kAnyHttpDate,
					   .length = representation.size(),
					   .range = nullptr,
					   .content_type = representation.content_type(place, type),
					   .if_range = false},
					  place);
		text_ = head.ok() ? head.written() : Bytes();
		return head.ok();
	}

	static constexpr u32 kUsual = 320;
	static constexpr u32 kLargest = 1024 + kMaxFields;
	// Most need no memory of their own, which the kernel may clear when it gives it.
	u8 usual_[kUsual];
	u8 *larger_ = nullptr;
	Bytes text_;
};

// The entry has a reference of its own on the body.
CacheRef entry_create(Bytes key, const Representation &representation, Bytes head, kh_body *body,
		      const Place &place)
{
	const u64 size = representation.size();
	// That of a configuration goes with it.
	const Bytes type = place.has_types() ? representation.type() : Bytes();
	const u32 core_size = static_cast<u32>(sizeof(FileEntry) + head.size() + type.size());
	CacheRef node(kh_cache_create(place.settings->net, key.data(), static_cast<u32>(key.size()),
				      core_size, static_cast<u32>(kh_body_charge(size))));

	if (!node)
		return node;
	u8 *core = static_cast<u8 *>(kh_cache_core(node.get()));
	FileEntry &entry = *new (core) FileEntry();
	entry.representation = representation;
	entry.body = BodyRef(kh_body_get(body));
	entry.checked = kh_ticks();
	entry.generation = place.generation;
	entry.plain.head = {core + sizeof(FileEntry), head.size()};
	entry.plain.content = {kh_body_data(entry.body.get()), size <= kCopiedContent ? size : 0};
	entry.plain.status = Status::ok;
	entry.plain.date_offset = static_cast<u16>(head_date_offset(Status::ok));
	entry.plain_from = representation.settled_from();
	__builtin_memcpy(core + sizeof(FileEntry), head.data(), head.size());
	if (!type.empty()) {
		u8 *copy = core + sizeof(FileEntry) + head.size();

		__builtin_memcpy(copy, type.data(), type.size());
		entry.representation.set_type({copy, type.size()});
	}
	return node;
}

// A function of its own: the head's place on the stack is not there while the file is read.
[[gnu::noinline]] CacheRef entry_make(Bytes key, const Representation &representation,
				      kh_body *body, const Place &place)
{
	const PlainHead head(representation, place);

	if (head.text().empty())
		return CacheRef();
	return entry_create(key, representation, head.text(), body, place);
}

} // namespace

FileEntry &entry_of(kh_cache_node *node)
{
	return *static_cast<FileEntry *>(kh_cache_core(node));
}

Bytes entry_key(Bytes path, Coding coding, KeyOwner owner, u8 *out)
{
	static_assert(KH_PATH_BYTES + kKeyRoom <= KH_PATH_ROOM);
	u8 last = static_cast<u8>(coding);
	usize size = path.size();

	// Nearly always it is where it is to be.
	if (out != path.data())
		__builtin_memcpy(out, path.data(), size);
	if (owner.number || owner.place) {
		out[size++] = static_cast<u8>(owner.number);
		out[size++] = static_cast<u8>(owner.number >> 8);
		out[size++] = static_cast<u8>(owner.number >> 16);
		last |= owner.place ? kByPlace : kOwned;
	}
	out[size++] = last;
	return {out, size};
}

// A change is seen within a second: seven eighths of it pass until a look, which takes less than
// the rest, or has others look as well.
bool entry_due(const FileEntry &entry)
{
	return entry_age(entry) * 8 >= 7 * kh_ticks_from_seconds(1);
}

Freshness entry_freshness(kh_net *net, kh_cache_node *node)
{
	const FileEntry &entry = entry_of(node);

	if (!entry_due(entry))
		return Freshness::fresh;
	// While a disk does not answer what is known goes on being said. While one is slow it is
	// said for longer, and to all but the one request that waits for the look.
	const kh_pace pace = kh_files_pace(net);
	if (pace == KH_PACE_STUCK ||
	    (pace == KH_PACE_LATE && entry_age(entry) < kh_ticks_from_seconds(kLate)))
		return Freshness::fresh;
	if (kh_cache_begin_check(node) ||
	    (pace == KH_PACE_SOON && entry_age(entry) >= kh_ticks_from_seconds(1)))
		return Freshness::stale;
	return Freshness::fresh;
}

CacheRef entry_load(Bytes key, Representation &representation, kh_file *file, u64 list,
		    const Place &place)
{
	const bool hashed = is_hashed(representation.info(), *place.settings);

	// It could not be kept, and would be read for this reply alone.
	if (!hashed && representation.settled_from() > kh_unix_seconds())
		return CacheRef();
	BodyRef body(kh_body_create(place.settings->net, representation.size(), KH_HELD_content));
	if (!body || !kh_body_read(body.get(), file))
		return CacheRef();
	const Look look = look_again(file, representation);
	// What is sent is what was hashed, whatever becomes of the file.
	if (hashed)
		representation.set_tag(FileTag::of_content(kh_body_hash(body.get()),
							   representation.coding(), true));
	else if (look != Look::settled)
		return CacheRef();
	CacheRef node = entry_make(key, representation, body.get(), place);
	if (!node)
		return node;
	entry_of(node.get()).list = hashed ? 0 : list;
	if (look == Look::settled)
		kh_cache_insert(node.get());
	return node;
}

} // namespace khttpd

extern "C" u32 khttpd_key_path(const u8 *key, u32 key_size) noexcept
{
	const bool owned = key[key_size - 1] & (khttpd::kOwned | khttpd::kByPlace);

	return key_size - (owned ? khttpd::kKeyRoom : 1);
}

extern "C" void khttpd_entry_free(void *core) noexcept
{
	static_cast<khttpd::FileEntry *>(core)->~FileEntry();
}
