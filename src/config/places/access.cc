// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/access.h"

#include "base/words.h"
#include "config/text/setting_words.h"

namespace khttpd {

namespace {

constexpr u8 kMappedBits = 8 * kMappedSize; // before an IPv4 address

void set_mask(AccessRule &rule, usize bits)
{
	for (usize i = 0; i < kAddressSize; i++) {
		const usize left = bits > 8 * i ? bits - 8 * i : 0;

		rule.mask[i] = static_cast<u8>(left < 8 ? 0xff00 >> left : 0xff);
	}
}

bool has_bits_behind(const AccessRule &rule)
{
	for (usize i = 0; i < kAddressSize; i++) {
		if (rule.network[i] & ~rule.mask[i])
			return true;
	}
	return false;
}

// The first that the address is within, or null.
const AccessRule *find_rule(std::span<const AccessRule> rules, const u8 address[kAddressSize],
			    u32 &compared)
{
	const u64 high = load64(address);
	const u64 low = load64(address + 8);
	const bool ipv4 = is_mapped_ipv4(address);

	for (const AccessRule &rule : rules) {
		const u64 other = ((load64(rule.network) ^ high) & load64(rule.mask)) |
				  ((load64(rule.network + 8) ^ low) & load64(rule.mask + 8));

		compared++;
		if (other == 0 && !(rule.ipv6 && ipv4))
			return &rule;
	}
	return nullptr;
}

} // namespace

bool read_network(Bytes text, AccessRule &rule)
{
	const usize slash = text.find('/');
	const Bytes address = text.prefix(slash);
	const bool ipv6 = address.find(':') < address.size();
	const u8 before = ipv6 ? 0 : kMappedBits;
	u64 bits = 8u * kAddressSize - before;

	if (text == "all"_b)
		return true;
	if (!read_address(address, rule.network))
		return false;
	if (slash < text.size() &&
	    (!read_decimal(text.drop(slash + 1), bits) || bits > 8u * kAddressSize - before))
		return false;
	// A network of IPv6 that takes in all of IPv4 is not meant for it.
	rule.ipv6 = before + bits < kMappedBits;
	set_mask(rule, before + bits);
	return !has_bits_behind(rule);
}

bool is_allowed(std::span<const AccessRule> rules, const u8 address[kAddressSize], u32 &compared)
{
	const AccessRule *rule = find_rule(rules, address, compared);

	return !rule || rule->allow;
}

bool is_within(std::span<const AccessRule> networks, const u8 address[kAddressSize], u32 &compared)
{
	return find_rule(networks, address, compared);
}

} // namespace khttpd
