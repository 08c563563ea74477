// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Gives an open file the best entity tag that can be had for it. All of it reads files and may
 * sleep.
 */
#pragma once

#include "server/files/representation.h"

namespace khttpd {

// What has become of a file since it was described.
enum class Look : u8 {
	changed,
	unsettled, // the same, but it may change once more without a trace
	settled,
};
Look look_again(kh_file *file, const Representation &representation);

// True for files whose tag is made of their content, which then has to be read.
inline bool is_hashed(const kh_file_info &info, const kh_settings &settings)
{
	return info.size <= u64{settings.etag_hash_size} << 10;
}

// Sets the tag of a file that is not hashed, by what is kept beside it or told of it. `name` is the
// file's below the root. For what is read afterwards, look_again() has to find it unchanged.
void tag_by_stamp(Representation &representation, kh_file *file, kh_root *root, Bytes name);

// For a file that is sent from the page cache: sets the tag of one that is hashed, and looks once
// more at one that has its tag. Strong only if the file did not change meanwhile.
void confirm_tag(Representation &representation, kh_file *file, const kh_settings &settings);

} // namespace khttpd
