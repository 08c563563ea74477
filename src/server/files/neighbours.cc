// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/neighbours.h"

#include "http/mime.h"

namespace khttpd {

namespace {

// Tells the codings that some file has in the directory of the path, or that one may have.
u32 codings_in_directory(kh_root *root, u8 *path, usize size)
{
	while (path[size - 1] != '/')
		size--;
	const u8 first = path[size];
	path[size] = '\0';
	const u32 codings = kh_dir_codings(root, c_string(path));
	path[size] = first;
	return codings;
}

} // namespace

usize extend(u8 *path, usize size, Bytes more)
{
	__builtin_memcpy(path + size, more.data(), more.size());
	path[size + more.size()] = '\0';
	return size + more.size();
}

bool out_of_date(const kh_file_info &neighbour, const kh_file_info &plain)
{
	return neighbour.mtime < plain.mtime;
}

u32 *if_sought(const Place &place, Bytes path, bool sought, u32 &beside)
{
	// What is coded by itself is not coded once more.
	const bool possible = place.codings.set && coding_of_ending(path) == Coding::identity;

	beside = possible ? KH_CODINGS_UNSEEN : 0;
	return sought && possible ? &beside : nullptr;
}

u32 find_codings(const Place &place, u8 *path, usize size, const kh_file_info &plain, u32 beside,
		 bool sought)
{
	if (!sought)
		return beside;
	kh_root *root = place.root();
	const u32 there = beside == KH_CODINGS_UNSEEN ? codings_in_directory(root, path, size) :
							beside;
	const u32 possible = place.codings.set & there;
	kh_file_info info;
	u32 found = 0;

	for (Coding coding : kDefaultCodingOrder.codings) {
		if (!(possible & coding_bit(coding)))
			continue;
		extend(path, size, coding_suffix(coding));
		// Its time counts as it is now, also where a network is asked for it.
		if (kh_file_stat_now(root, c_string(path), &info, nullptr) == 0 &&
		    !info.directory && !out_of_date(info, plain))
			found |= coding_bit(coding);
	}
	path[size] = '\0';
	return found;
}

} // namespace khttpd
