// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A small file kept ready: the private part of a cache entry. Made in process context, immutable
 * but for the time of the last look at the file. Found and used in BH context under RCU.
 */
#pragma once

#include "server/files/owners.h"
#include "server/files/representation.h"

namespace khttpd {

// Content up to this size is copied into the batch; more is sent by reference.
inline constexpr u32 kCopiedContent = 2048;

struct FileEntry {
	Representation representation;
	BodyRef body;
	unsigned long checked; // ticks of the last look at the file
	// The whole file as a 200; with content when it is small. Its head lies behind this.
	PreparedReply plain;
};

FileEntry &entry_of(kh_cache_node *node);

// The key of a path in a coding, written to `out` (path.size() + 1 bytes).
Bytes entry_key(Bytes path, Coding coding, u8 *out);

enum class Freshness : u8 {
	fresh,
	stale, // the caller is to look at the file
};
Freshness entry_freshness(kh_cache_node *node);

// Reads the file into a new entry and inserts it. The reference is empty when the file cannot be
// kept. Process context.
CacheRef entry_load(Bytes key, const Representation &representation, kh_file *file,
		    const kh_settings &settings);

} // namespace khttpd
