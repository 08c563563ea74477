// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/access.h"

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

bool matches(const AccessRule &rule, const u8 *address)
{
	// A network of IPv6 is not meant for what is mapped into it.
	if (!rule.all && rule.bits < kMappedBits && is_ipv4(address))
		return false;
	const u8 whole = rule.bits / 8;
	const u8 rest = rule.bits % 8;

	return __builtin_memcmp(rule.network, address, whole) == 0 &&
	       (rest == 0 || (rule.network[whole] ^ address[whole]) >> (8 - rest) == 0);
}

bool has_bits_behind(const AccessRule &rule)
{
	for (u32 bit = rule.bits; bit < 8 * kAddressSize; bit++) {
		if (rule.network[bit / 8] & 0x80 >> bit % 8)
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

	rule.bits = 0;
	rule.all = text == "all"_b;
	if (rule.all)
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
	rule.bits = static_cast<u8>(before + bits);
	return !has_bits_behind(rule);
}

bool is_allowed(std::span<const AccessRule> rules, const u8 address[kAddressSize])
{
	for (const AccessRule &rule : rules) {
		if (matches(rule, address))
			return rule.allow;
	}
	return true;
}

} // namespace khttpd
