// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/place_table.h"

#include "base/words.h"

namespace khttpd {

namespace {

// The longest name of DNS; no longer host can be one that a site has.
constexpr usize kMaxHost = 253;

// FNV-1a (32 bits). What is looked for comes from peers, what is found from the configuration: no
// peer can make a chain of slots longer.
constexpr u32 kHashSeed = 0x811c9dc5;

constexpr u32 hash_byte(u32 hash, u8 c)
{
	return (hash ^ c) * 0x01000193;
}

constexpr u32 site_seed(u16 site)
{
	return (kHashSeed ^ site) * 0x9e3779b1;
}

// Rules and hosts of different kinds may have the same text. A hash is never 0.
constexpr u32 finish_hash(u32 hash, u32 kind)
{
	hash = (hash + kind) * 0x9e3779b1;
	return hash ^ hash >> 15;
}

u32 hash_text(u32 hash, Bytes text)
{
	for (u8 c : text)
		hash = hash_byte(hash, c);
	return hash;
}

// The hash of a path, which begins with a slash, up to the slash behind its first segment. `end` is
// set to where that is, or the path's end.
u32 hash_first_segment(u16 site, Bytes path, usize &end)
{
	u32 hash = hash_byte(site_seed(site), '/');
	usize i = 1;

	for (; i < path.size() && path[i] != '/'; i++)
		hash = hash_byte(hash, path[i]);
	end = i;
	return hash;
}

// Of 64.
u64 segment_bit(u32 hash)
{
	return u64{1} << (hash * 0x9e3779b1 >> 26);
}

// More slashes than bits share the last one.
u32 depth_bit(u32 slashes)
{
	return u32{1} << (slashes < 31 ? slashes : 31);
}

u32 count_slashes(Bytes path)
{
	u32 count = 0;

	for (u8 c : path)
		count += c == '/';
	return count;
}

// From its end, so that one pass finds all that wildcards stand for.
u32 hash_host(Bytes lower)
{
	u32 hash = kHashSeed;

	for (usize i = lower.size(); i-- > 0;)
		hash = hash_byte(hash, lower[i]);
	return hash;
}

// The host in lower case.
Bytes lower_host(Bytes host, u8 (&out)[kMaxHost])
{
	const usize size = host.size();

	if (size < 8) {
		for (usize i = 0; i < size; i++)
			out[i] = to_lower(host[i]);
	} else {
		for (usize i = 0; i < size - 8; i += 8)
			store64(out + i, to_lower_word(load64(host.data() + i)));
		store64(out + size - 8, to_lower_word(load64(host.data() + size - 8)));
	}
	return {out, size};
}

u32 rule_hash(u16 site, RuleKind kind, Bytes text)
{
	return finish_hash(hash_text(site_seed(site), text), static_cast<u32>(kind));
}

// Without the port, and the dot that a full name may end in. The host is good (valid_authority()),
// so that a colon behind which digits alone stand is the port's.
Bytes host_alone(Bytes host)
{
	usize size = host.size();

	while (size > 0 && is_digit(host[size - 1]))
		size--;
	if (size > 0 && host[size - 1] == ':')
		host = host.prefix(size - 1);
	if (!host.empty() && host.back() == '.')
		host = host.prefix(host.size() - 1);
	return host;
}

} // namespace

bool PlaceTable::make_slots(Slots &slots, u32 count, ConfigMemory &memory, Mistakes &mistakes)
{
	u32 size = 4;

	while (size < 2 * count)
		size *= 2;
	slots.slots = memory.make<Slot>(size, mistakes);
	slots.mask = size - 1;
	return slots.slots;
}

bool PlaceTable::reserve(u32 rules, u32 hosts, u32 sites, ConfigMemory &memory, Mistakes &mistakes)
{
	rules_ = memory.make<Rule>(rules, mistakes);
	hosts_ = memory.make<HostName>(hosts, mistakes);
	sites_ = memory.make<Site>(sites, mistakes);
	return rules_ && hosts_ && sites_ && make_slots(rule_slots_, rules, memory, mistakes) &&
	       make_slots(host_slots_, hosts, memory, mistakes);
}

void PlaceTable::put(Slots &slots, u32 hash, u32 number)
{
	u32 i = hash & slots.mask;

	while (slots.slots[i].number)
		i = (i + 1) & slots.mask;
	slots.slots[i] = {hash, number};
}

HostName *PlaceTable::add_host(Bytes text, bool wildcard, u16 site)
{
	const u32 hash = finish_hash(hash_host(text), wildcard);

	if (find_host(hash, wildcard, text))
		return nullptr;
	HostName &host = hosts_[host_count_++];
	host = {text, hash, site, wildcard};
	put(host_slots_, hash, host_count_);
	wildcards_ = wildcards_ || wildcard;
	return &host;
}

Rule *PlaceTable::add_rule(RuleKind kind, Bytes text, const Place &place, u32 line,
			   const Rule *&taken)
{
	const u32 hash = rule_hash(place.site, kind, text);

	taken = find_rule(hash, place.site, kind, text);
	if (taken)
		return nullptr;
	Rule &rule = rules_[rule_count_++];
	rule = {text, &place, nullptr, line, hash, place.site, kind};
	put(rule_slots_, hash, rule_count_);
	Site &site = sites_[place.site];
	if (kind == RuleKind::ending) {
		site.endings = true;
	} else if (kind == RuleKind::prefix && text.size() == 1) {
		site.whole = &rule;
	} else {
		usize end;

		site.first_segments |= segment_bit(hash_first_segment(place.site, text, end));
		if (kind == RuleKind::prefix)
			site.depths |= depth_bit(count_slashes(text));
	}
	return &rule;
}

const Rule *PlaceTable::find_rule(u32 hash, u16 site, RuleKind kind, Bytes text) const
{
	for (u32 i = hash & rule_slots_.mask; rule_slots_.slots[i].number;
	     i = (i + 1) & rule_slots_.mask) {
		if (rule_slots_.slots[i].hash != hash)
			continue;
		const Rule &rule = rules_[rule_slots_.slots[i].number - 1];
		if (rule.site == site && rule.kind == kind && rule.text == text)
			return &rule;
	}
	return nullptr;
}

const HostName *PlaceTable::find_host(u32 hash, bool wildcard, Bytes lower) const
{
	for (u32 i = hash & host_slots_.mask; host_slots_.slots[i].number;
	     i = (i + 1) & host_slots_.mask) {
		if (host_slots_.slots[i].hash != hash)
			continue;
		const HostName &host = hosts_[host_slots_.slots[i].number - 1];
		if (host.wildcard == wildcard && host.text == lower)
			return &host;
	}
	return nullptr;
}

// The longest wildcard that stands for the host.
const HostName *PlaceTable::find_wildcard(Bytes lower) const
{
	const HostName *best = nullptr;
	u32 hash = kHashSeed;

	for (usize i = lower.size(); i-- > 1;) {
		if (lower[i] == '.') {
			const HostName *found =
				find_host(finish_hash(hash, true), true, lower.drop(i + 1));
			best = found ? found : best;
		}
		hash = hash_byte(hash, lower[i]);
	}
	return best;
}

u16 PlaceTable::find_site(Bytes host) const
{
	u8 room[kMaxHost];

	if (host_count_ == 0)
		return other_hosts_;
	host = host_alone(host);
	if (host.empty() || host.size() > kMaxHost)
		return other_hosts_;
	const Bytes lower = lower_host(host, room);
	const HostName *found = find_host(finish_hash(hash_host(lower), false), false, lower);

	if (!found && wildcards_)
		found = find_wildcard(lower);
	return found ? found->site : other_hosts_;
}

const Rule *PlaceTable::find_ending(u16 site, Bytes path) const
{
	usize dot = path.size();

	while (dot > 0 && path[dot - 1] != '.' && path[dot - 1] != '/')
		dot--;
	if (dot == 0 || path[dot - 1] != '.')
		return nullptr;
	const Bytes ending = path.drop(dot);
	return find_rule(rule_hash(site, RuleKind::ending, ending), site, RuleKind::ending, ending);
}

// The rule of the whole path, and on the way the longest prefix, unless that is `/`.
const Rule *PlaceTable::find_path(u16 number, Bytes path, const Rule *&prefix) const
{
	const Site &site = sites_[number];
	usize i;
	u32 hash = hash_first_segment(number, path, i);

	if (!(site.first_segments & segment_bit(hash)))
		return nullptr;
	for (u32 slashes = 1; i < path.size(); i++) {
		const RuleKind kind = RuleKind::prefix;

		hash = hash_byte(hash, path[i]);
		if (path[i] != '/' || !(site.depths & depth_bit(++slashes)))
			continue;
		const Rule *found = find_rule(finish_hash(hash, static_cast<u32>(kind)), number,
					      kind, path.prefix(i + 1));
		prefix = found ? found : prefix;
	}
	const RuleKind kind = RuleKind::exact;
	return find_rule(finish_hash(hash, static_cast<u32>(kind)), number, kind, path);
}

Match PlaceTable::find(u16 number, Bytes path) const
{
	const Site &site = sites_[number];
	const Rule *prefix = site.whole;

	if (site.first_segments) {
		if (const Rule *exact = find_path(number, path, prefix))
			return {exact->place, exact->route, path.size()};
	}
	if (prefix && prefix->route)
		return {prefix->place, prefix->route, prefix->text.size()};
	if (site.endings) {
		if (const Rule *ending = find_ending(number, path))
			return {ending->place, ending->route, 0, prefix ? prefix->place : nullptr};
	}
	return {prefix ? prefix->place : site.place, nullptr, 0};
}

} // namespace khttpd
