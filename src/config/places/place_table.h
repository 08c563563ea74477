// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Finds what holds for a request: the site by its host, then within that the rule by its path. Made
 * once, immutable then; lookups allocate nothing, take no lock and read the host and the path once,
 * in any context. docs/configuration.md has the order in which rules count.
 */
#pragma once

#include "config/places/place.h"
#include "config/routes.h"

namespace khttpd {

enum class RuleKind : u8 {
	exact,	// the whole path
	prefix, // whole segments, up to and with a slash
	ending, // what follows the last dot of the last segment
};

struct Rule {
	// As normalize_path() gives paths; an ending is without its dot.
	Bytes text;
	const Place *place = nullptr;
	const Route *route = nullptr; // null: the place's files
	u32 line = 0;
	u32 hash = 0;
	u16 site = 0;
	RuleKind kind = RuleKind::exact;
};

struct HostName {
	Bytes text; // in lower case; for a wildcard what stands behind `*.`
	u32 hash = 0;
	u16 site = 0;
	bool wildcard = false;
};

struct Match {
	const Place *place;
	const Route *route; // null: a file of the place
	usize prefix = 0;   // bytes of the path that a prefix has matched
	// The longest prefix where an ending counts; who is denied there is denied here as well.
	const Place *around = nullptr;
};

class PlaceTable {
public:
	// Makes room for as many. False when there is no memory.
	bool reserve(u32 rules, u32 hosts, u32 sites, ConfigMemory &memory, Mistakes &mistakes);

	// The site's number is that of the call; the top is the first.
	void add_site(const Place &place) { sites_[site_count_++].place = &place; }
	// Hosts that no name is for go to this site. False when there is such a one already.
	bool set_other_hosts(u16 site)
	{
		const bool first = other_hosts_ == 0;

		other_hosts_ = site;
		return first;
	}
	// Null when there is one such name already.
	HostName *add_host(Bytes text, bool wildcard, u16 site);
	// As above; then `taken` is the one that is there.
	Rule *add_rule(RuleKind kind, Bytes text, const Place &place, u32 line, const Rule *&taken);

	bool empty() const { return rule_count_ == 0 && site_count_ <= 1; }

	// The site for a host with or without a port, as Host or an absolute target have it.
	u16 find_site(Bytes host) const;
	const Place &place_of(u16 site) const { return *sites_[site].place; }
	// The rule for a normalized path of a site.
	Match find(u16 site, Bytes path) const;

private:
	// With what most paths are told to have no rule of their own before one is looked for.
	struct Site {
		const Place *place = nullptr;
		const Rule *whole = nullptr; // the prefix `/`
		// A bit for the first segment of every exact rule and every other prefix.
		u64 first_segments = 0;
		// A bit for as many slashes as such a prefix has.
		u32 depths = 0;
		bool endings = false;
	};
	struct Slot {
		u32 hash = 0;
		u32 number = 0; // 0: none; else one more than the place among rules or hosts
	};
	struct Slots {
		Slot *slots = nullptr;
		u32 mask = 0;
	};

	static bool make_slots(Slots &slots, u32 count, ConfigMemory &memory, Mistakes &mistakes);
	static void put(Slots &slots, u32 hash, u32 number);
	const Rule *find_rule(u32 hash, u16 site, RuleKind kind, Bytes text) const;
	const HostName *find_host(u32 hash, bool wildcard, Bytes lower) const;
	const HostName *find_wildcard(Bytes lower) const;
	const Rule *find_ending(u16 site, Bytes path) const;
	const Rule *find_path(u16 site, Bytes path, const Rule *&prefix) const;

	Rule *rules_ = nullptr;
	HostName *hosts_ = nullptr;
	Site *sites_ = nullptr;
	Slots rule_slots_, host_slots_;
	u32 rule_count_ = 0, host_count_ = 0, site_count_ = 0;
	u16 other_hosts_ = 0;
	bool wildcards_ = false;
};

} // namespace khttpd
