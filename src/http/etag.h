// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// An entity tag as written: `"opaque"` or `W/"opaque"` (RFC 9110 section 8.8.3).
struct EntityTag {
	bool weak;
	// With its quotation marks.
	Bytes opaque;
};

// Takes an entity tag off the beginning of the text. False when there is none.
bool take_entity_tag(Bytes &remainder, EntityTag &tag);

// RFC 9110 section 8.8.3.2.
bool strong_match(const EntityTag &a, const EntityTag &b);
bool weak_match(const EntityTag &a, const EntityTag &b);

// A letter, 16 bytes in hexadecimal, the suffix of a coding and quotation marks, without "W/".
inline constexpr usize kMaxEtagSize = 2 + 1 + 2 * 16 + 4;

// Writes a strong tag from a number.
usize format_etag(u64 value, u8 out[kMaxEtagSize]);

// Writes a strong tag, and returns its size: `kind`, a letter that says what the digest was made
// of, the digest of at most 16 bytes, and a suffix of at most 4.
usize format_etag(u8 kind, Bytes digest, Bytes suffix, u8 out[kMaxEtagSize]);

// Whether a list as If-Match and If-None-Match have it contains the tag. A list that is malformed
// counts as far as it can be read. "*" is for the caller.
bool etag_list_contains(Bytes list, const EntityTag &tag, bool weak);

} // namespace khttpd
