// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The list of digests that a site may have, in a file of its document root that `khttpdctl digests`
 * writes and nobody is served. A line has the file's name below the root, the SHA-256 of its
 * content in hexadecimal, its size in bytes, its time of last modification, its inode and its time
 * of last change, separated by tabs; times are in nanoseconds since 1970. Lines are sorted by
 * bytes, so that few of them are read.
 */
#pragma once

#include <span>

#include "base/bytes.h"
#include "kapi/kapi.h"

namespace khttpd {

// The list's name, with a NUL.
inline constexpr char kDigestListName[] = ".khttpd-digests";

// Tells one list from another; never 0, also without a list. Process context.
u64 digest_list_stamp(kh_root *root);

// Finds the digest of the file that has this name below the root, cut to the room of `out`. Returns
// the bytes written: 0 when the list has none for the file as it is. Process context.
usize find_listed_digest(kh_root *root, Bytes name, const kh_file_info &file, std::span<u8> out);

} // namespace khttpd
