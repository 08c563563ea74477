// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/address.h"

#include "base/checked.h"
#include "http/authority.h"

namespace khttpd {

namespace {

constexpr u8 kMappedPrefix[kMappedSize] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

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
	const usize front = read_groups(text.prefix(gap), out);
	const usize size = read_groups(text.drop(gap + 2), tail);
	__builtin_memset(out + front, 0, kAddressSize - front);
	__builtin_memcpy(out + kAddressSize - size, tail, size);
}

} // namespace

bool read_ipv4(Bytes text, u8 *out)
{
	for (usize i = 0; i < 4; i++) {
		const Bytes part = text.prefix(text.find('.'));
		u64 value = 0;

		if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0') ||
		    (i < 3 && part.size() == text.size()))
			return false;
		for (u8 c : part) {
			if (!is_digit(c) || !push_digit(value, c))
				return false;
		}
		if (value > 255)
			return false;
		out[i] = static_cast<u8>(value);
		text = text.drop(part.size() + (i < 3));
	}
	return text.empty();
}

bool read_address(Bytes text, u8 out[kAddressSize])
{
	u8 ipv4[4];

	if (text.find(':') == text.size()) {
		if (!read_ipv4(text, ipv4))
			return false;
		map_ipv4(ipv4, out);
		return true;
	}
	if (!valid_ipv6(text))
		return false;
	read_ipv6(text, out);
	return true;
}

void map_ipv4(const u8 from[4], u8 out[kAddressSize])
{
	__builtin_memcpy(out, kMappedPrefix, kMappedSize);
	__builtin_memcpy(out + kMappedSize, from, 4);
}

bool is_mapped_ipv4(const u8 address[kAddressSize])
{
	return __builtin_memcmp(address, kMappedPrefix, kMappedSize) == 0;
}

} // namespace khttpd
