// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/file_vouch.h"

#include "server/files/digest_list.h"

namespace khttpd {

namespace {

// Bytes that are read of either end of a file of which nothing else tells.
constexpr usize kSampleEnd = 4096;

// A hash of both ends, so that the files of two images are told apart at least where they differ
// there. 0 when they cannot be read.
u64 sample_ends(kh_file *file, u64 size)
{
	u8 *ends = static_cast<u8 *>(kh_alloc(2 * kSampleEnd, KH_GFP_KERNEL));
	u64 hash = 0;

	if (!ends)
		return 0;
	const ptrdiff_t first = kh_file_read(file, 0, ends, kSampleEnd);
	const ptrdiff_t last =
		first < 0 || size < kSampleEnd ?
			0 :
			kh_file_read(file, size - kSampleEnd, ends + first, kSampleEnd);
	if (first >= 0 && last >= 0)
		hash = kh_machine_hash(ends, static_cast<usize>(first + last));
	kh_free(ends);
	return hash;
}

void tag_by_hash(Representation &representation, kh_file *file)
{
	u64 hash;

	if (!kh_file_hash(file, representation.size(), &hash)) {
		representation.weaken_tag();
		return;
	}
	// What is sent later is what was hashed if nothing can change, or a change would be seen.
	const bool sure =
		representation.info().change == KH_CHANGE_NEVER ||
		(representation.told() && look_again(file, representation) == Look::settled);
	representation.set_tag(FileTag::of_content(hash, representation.coding(), sure));
}

} // namespace

Look look_again(kh_file *file, const Representation &representation)
{
	kh_file_info now;

	if (kh_file_describe(file, &now) || !representation.same(now, representation.available()))
		return Look::changed;
	return representation.settled_from() <= kh_unix_seconds() ? Look::settled : Look::unsettled;
}

void tag_by_stamp(Representation &representation, kh_file *file, kh_root *root, Bytes name)
{
	const kh_file_info &info = representation.info();
	const Coding coding = representation.coding();
	u8 digest[FileTag::kDigestSize];
	usize size = kh_file_kept_digest(file, digest, sizeof(digest));

	if (size) {
		representation.set_tag(FileTag::of_digest({digest, size}, coding, true));
		return;
	}
	size = find_listed_digest(root, name, info, digest);
	if (size) {
		representation.set_tag(
			FileTag::of_digest({digest, size}, coding, info.change == KH_CHANGE_NEVER));
		return;
	}
	const u64 sample = representation.told() ? 0 : sample_ends(file, info.size);
	representation.set_tag(FileTag::of_stamp(info, sample, coding));
}

void confirm_tag(Representation &representation, kh_file *file, const kh_settings &settings)
{
	if (is_hashed(representation.info(), settings))
		tag_by_hash(representation, file);
	else if (look_again(file, representation) == Look::changed)
		representation.weaken_tag();
}

} // namespace khttpd
