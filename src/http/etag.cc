// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/etag.h"

#include "http/chars.h"

namespace khttpd {

namespace {

usize put_hex(u64 value, u8 *out)
{
	usize size = 1;

	while (size < 16 && value >> (4 * size) != 0)
		size++;
	for (usize i = 0; i < size; i++)
		out[i] = "0123456789abcdef"_b[value >> (4 * (size - 1 - i)) & 15];
	return size;
}

} // namespace

bool take_entity_tag(Bytes &remainder, EntityTag &tag)
{
	// "W/" is case-sensitive.
	const bool weak = remainder.starts_with("W/"_b);
	const Bytes text = remainder.drop(weak ? 2 : 0);
	usize i = 1;

	if (text.empty() || text[0] != '"')
		return false;
	while (i < text.size() && text[i] != '"') {
		if (text[i] <= ' ' || text[i] == 0x7f)
			return false;
		i++;
	}
	if (i >= text.size())
		return false;
	tag = {weak, text.prefix(i + 1)};
	remainder = text.drop(i + 1);
	return true;
}

bool strong_match(const EntityTag &a, const EntityTag &b)
{
	return !a.weak && !b.weak && a.opaque == b.opaque;
}

bool weak_match(const EntityTag &a, const EntityTag &b)
{
	return a.opaque == b.opaque;
}

usize format_etag(u64 value, u8 out[kMaxEtagSize])
{
	usize n = 0;

	out[n++] = '"';
	n += put_hex(value, out + n);
	out[n++] = '"';
	return n;
}

usize format_etag(u8 kind, Bytes digest, Bytes suffix, u8 out[kMaxEtagSize])
{
	constexpr Bytes digits = "0123456789abcdef"_b;
	usize n = 0;

	out[n++] = '"';
	out[n++] = kind;
	for (u8 c : digest) {
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	for (u8 c : suffix)
		out[n++] = c;
	out[n++] = '"';
	return n;
}

bool etag_list_contains(Bytes list, const EntityTag &tag, bool weak)
{
	for (;;) {
		EntityTag candidate;

		while (!list.empty() && (is_ows(list[0]) || list[0] == ','))
			list = list.drop(1);
		if (!take_entity_tag(list, candidate))
			return false;
		while (!list.empty() && is_ows(list[0]))
			list = list.drop(1);
		if (!list.empty() && list[0] != ',')
			return false;
		if (weak ? weak_match(candidate, tag) : strong_match(candidate, tag))
			return true;
	}
}

} // namespace khttpd
