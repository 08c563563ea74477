// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/authority.h"

#include "http/address.h"
#include "http/chars.h"

namespace khttpd {

namespace {

bool valid_ipv_future(Bytes text)
{
	const usize dot = text.find('.');

	if (text.size() < 4 || to_lower(text[0]) != 'v' || dot < 2 || dot + 1 >= text.size())
		return false;
	for (u8 c : text.sub(1, dot - 1)) {
		if (hex_value(c) < 0)
			return false;
	}
	for (u8 c : text.drop(dot + 1)) {
		if (c != ':' && !has_class(c, kCharRegName))
			return false;
	}
	return true;
}

// Returns the length of the address in brackets at the beginning of the text, 0 when there is no
// valid one.
usize bracketed_host_size(Bytes text)
{
	const usize close = text.find(']');
	const Bytes inside = text.sub(1, close - 1);

	if (close == text.size() || !(valid_ipv6(inside) || valid_ipv_future(inside)))
		return 0;
	return close + 1;
}

// Returns the length of the host at the beginning of the text, 0 when there is no valid one.
usize authority_host_size(Bytes text)
{
	usize i = 0;

	if (!text.empty() && text[0] == '[')
		return bracketed_host_size(text);
	while (i < text.size() && text[i] != ':') {
		if (text[i] == '%') {
			if (escaped_byte(text.drop(i)) < 0)
				return 0;
			i += 3;
		} else if (has_class(text[i], kCharRegName)) {
			i++;
		} else {
			return 0;
		}
	}
	return i;
}

// Five digits are the most that are added up, which 32 bits hold without a check.
bool valid_port(const u8 *p, const u8 *end)
{
	u32 value = 0;

	while (end - p > 5) {
		if (*p++ != '0')
			return false;
	}
	for (; p != end; p++) {
		const u32 digit = *p - u32{'0'};

		if (digit > 9)
			return false;
		value = value * 10 + digit;
	}
	return value <= 65535;
}

} // namespace

bool valid_ipv6(Bytes text)
{
	unsigned int groups = 0;
	bool compressed = false;

	if (text.starts_with("::"_b)) {
		compressed = true;
		text = text.drop(2);
		if (text.empty())
			return true;
	}
	for (;;) {
		const usize size = text.find(':');
		const Bytes group = text.prefix(size);

		if (size == text.size() && group.find('.') < group.size()) {
			u8 ipv4[4];

			if (!read_ipv4(group, ipv4))
				return false;
			groups += 2;
			break;
		}
		if (group.empty() || group.size() > 4)
			return false;
		for (u8 c : group) {
			if (hex_value(c) < 0)
				return false;
		}
		if (++groups > 8)
			return false;
		if (size == text.size())
			break;
		text = text.drop(size + 1);
		if (!text.empty() && text[0] == ':') {
			if (compressed)
				return false;
			compressed = true;
			text = text.drop(1);
			if (text.empty())
				break;
		}
	}
	return compressed ? groups < 8 : groups == 8;
}

bool valid_authority(Bytes text)
{
	const u8 *const end = text.end();
	const u8 *p = skip_class(text.data(), end, kCharRegName);

	// Nearly every host is a plain name or an IPv4 address; the others are looked at again.
	if (p != end && *p != ':') {
		const usize host = authority_host_size(text);

		if (host == 0)
			return false;
		p = text.data() + host;
	}
	if (p == text.data())
		return false;
	return p == end || (*p == ':' && valid_port(p + 1, end));
}

bool valid_authority_with_port(Bytes text)
{
	const usize host = authority_host_size(text);

	return host != 0 && text.size() > host + 1 && text[host] == ':' && valid_authority(text);
}

} // namespace khttpd
