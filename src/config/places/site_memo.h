// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The hosts that requests named last, with their sites: one that comes again, byte for byte, is
 * compared instead of looked up. What is kept holds for the configuration it is from alone. Owned
 * by the caller, for whom one lookup runs at a time; any context.
 */
#pragma once

#include "base/words.h"
#include "config/places/place_table.h"

namespace khttpd {

// All bytes zero is a memo that is empty.
class SiteMemo {
public:
	// What places.find_site() says. `generation` is that of the configuration.
	u16 find_site(const PlaceTable &places, u64 generation, Bytes host)
	{
		if (host.size() < kLeast || host.size() > kMost)
			return places.find_site(host);
		Entry &entry = entries_[index_of(host)];

		if (entry.generation == generation && entry.size == host.size() &&
		    equal_words(host.data(), entry.host, host.size()))
			return entry.site;
		entry.generation = generation;
		entry.site = places.find_site(host);
		entry.size = static_cast<u8>(host.size());
		copy_words(entry.host, host.data(), host.size());
		return entry.site;
	}

private:
	static constexpr usize kLeast = 8, kMost = 53;

	struct Entry {
		u64 generation; // no configuration has 0
		u16 site;
		u8 size;
		u8 host[kMost];
	};
	static_assert(sizeof(Entry) == 64);

	// Names of one domain differ in front or in the middle, names of one kind behind as well.
	static usize index_of(Bytes host)
	{
		const u8 *const text = host.data();
		const u64 words = load64(text) + load64(text + host.size() / 2 - 4) * 3 +
				  load64(text + host.size() - 8);

		return words * 0x9e3779b97f4a7c15 >> 59;
	}

	Entry entries_[32];
};

} // namespace khttpd
