// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/access.h"

#include "base/words.h"
#include "config/text/setting_words.h"
#include "http/authority.h"

namespace khttpd {

namespace {

constexpr u8 kMappedBits = 96; // before an IPv4 address

// Reads `a.b.c.d` into four bytes.
bool read_ipv4(Bytes text, u8 *out)
{
	for (usize i = 0; i < 4; i++) {
		const Bytes part = text.prefix(text.find('.'));
		u64 value;

		if (!read_decimal(part, value) || value > 255 || part.size() > 3 ||
		    (part.size() > 1 && part[0] == '0') || (i < 3 && part.size() == text.size()))
			return false;
		out[i] = static_cast<u8>(value);
		text = text.drop(part.size() + (i < 3));
	}
	return text.empty();
}

// Reads groups, of which there are as many as it takes, from the front. Returns the bytes.
usize read_groups(Bytes text, u8 *out)
{
	usize size = 0;

	while (!text.empty()) {
		const Bytes group = text.prefix(text.find(':'));
		u32 value = 0;

		if (group.find('.') < group.size())
			return read_ipv4(group, out + size) ? size + 4 : 0;
		for (u8 c : group)
			value = value << 4 | static_cast<u32>(hex_value(c));
		out[size++] = static_cast<u8>(value >> 8);
		out[size++] = static_cast<u8>(value);
		text = text.drop(group.size() + 1);
	}
	return size;
}

// Reads a text that valid_ipv6() has found good.
void read_ipv6(Bytes text, u8 *out)
{
	usize gap = 0;

	while (gap < text.size() && !text.drop(gap).starts_with("::"_b))
		gap++;
	u8 tail[kAddressSize];
	read_groups(text.prefix(gap), out);
	const usize size = read_groups(text.drop(gap + 2), tail);
	__builtin_memcpy(out + kAddressSize - size, tail, size);
}

bool is_ipv4(const u8 *address)
{
	static constexpr u8 kMapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	return __builtin_memcmp(address, kMapped, sizeof(kMapped)) == 0;
}

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
	if (ipv6 ? !valid_ipv6(address) : !read_ipv4(address, rule.network + 12))
		return false;
	if (ipv6)
		read_ipv6(address, rule.network);
	else
		rule.network[10] = rule.network[11] = 0xff;
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
	const u64 high = load64(address);
	const u64 low = load64(address + 8);
	const bool ipv4 = is_ipv4(address);

	for (const AccessRule &rule : rules) {
		const u64 other = ((load64(rule.network) ^ high) & load64(rule.mask)) |
				  ((load64(rule.network + 8) ^ low) & load64(rule.mask + 8));

		compared++;
		if (other == 0 && !(rule.ipv6 && ipv4))
			return rule.allow;
	}
	return true;
}

} // namespace khttpd
