// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A small file that is kept ready as the private part of a cache entry. It is made in process
 * context and is immutable but for the time of the last look at the file. It is found and used in
 * BH context under RCU.
 */
#pragma once

#include "server/files/owners.h"
#include "server/files/file_vouch.h"

namespace khttpd {

// Content up to this size is copied into the batch; more is sent by reference.
inline constexpr u32 kCopiedContent = 2048;

struct FileEntry {
	Representation representation;
	BodyRef body;	       // all of the content
	unsigned long checked; // ticks of the last look at the file
	// The whole file as a 200, with its content up to kCopiedContent. The head lies behind this
	// object.
	PreparedReply plain;
	u64 plain_from; // Unix seconds: before, as after a step of the clock, it is not right
	u64 generation; // of the configuration whose places its fields are from
	u64 list;	// the list of digests that the tag may be from; 0 for a tag of content
};

FileEntry &entry_of(kh_cache_node *node);

// Whether the entry is of this configuration: that of another may be another site's.
inline bool is_of(kh_cache_node *node, const Place &place)
{
	return node && entry_of(node).generation == place.generation;
}

// Whose a path is: a site's as requests have it, or a place's as the name of a file that is sent in
// place of others.
struct KeyOwner {
	u32 number = 0; // of the site or the place
	bool place = false;
};

// What a key has behind its path at most.
inline constexpr usize kKeyRoom = 4;
// Writes the key of a path in a coding to `out`, with room for kKeyRoom behind the path. Keys of
// different owners differ whatever the paths: the last byte tells what stands before it.
Bytes entry_key(Bytes path, Coding coding, KeyOwner owner, u8 *out);

enum class Freshness : u8 {
	fresh,
	stale, // the caller is to look at the file
};
// Judges the entry. The first caller to whom it is due is told that it is stale, the others that it
// is fresh, unless that look takes more than a second. Any context.
Freshness entry_freshness(kh_net *net, kh_cache_node *node);

// True when enough time has passed for a look at the file. Any context.
bool entry_due(const FileEntry &entry);

// Reads the file into a new entry and inserts it, unless the file may still change unseen. The
// reference is empty when the content cannot be held, or is not what the representation tells of.
// Sets the representation's tag where it is made of the content, as is_hashed() tells, and weakens
// it where the file has changed. `list` is that of digests, as digest_list_stamp() has it. Process
// context.
CacheRef entry_load(Bytes key, Representation &representation, kh_file *file, u64 list,
		    const Place &place);

} // namespace khttpd
