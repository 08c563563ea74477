// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Files in codings that lie beside a file. Process context, but for names. */
#pragma once

#include "config/places/place.h"
#include "kapi/kapi.h"

namespace khttpd {

inline const char *c_string(const u8 *text)
{
	return reinterpret_cast<const char *>(text);
}

// Adds text after a path of `size` bytes and ends it with NUL. Returns the size then.
usize extend(u8 *path, usize size, Bytes more);

// A neighbour that is older than the file was made of another one. Seconds are compared, as gzip,
// brotli and others give what they make the time of what they read, not all of them to the
// nanosecond.
bool out_of_date(const kh_file_info &neighbour, const kh_file_info &plain);

// Where to write what is seen of the directory of a file when that is looked up, if it matters.
u32 *if_sought(const Place &place, Bytes path, bool sought, u32 &beside);

// Tells, by a bit for each, the codings in which the file is stored as a neighbour with a suffix.
// `beside` is what was seen of its directory when the file was looked up, 0 if it did not matter.
// That is all there is to tell where they are not `sought`: a search takes lookups, or the reading
// of a directory, which a client that wants none of the codings is not made to wait for.
u32 find_codings(const Place &place, u8 *path, usize size, const kh_file_info &plain, u32 beside,
		 bool sought);

} // namespace khttpd
