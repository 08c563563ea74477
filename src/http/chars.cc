// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/chars.h"

namespace khttpd {

namespace {

constexpr bool bytes_contain(Bytes set, u8 c)
{
	return set.find(c) < set.size();
}

constexpr u8 classify_char(u8 c)
{
	const bool alnum = is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
	u8 classes = 0;

	if (alnum || bytes_contain("!#$%&'*+-.^_`|~"_b, c))
		classes |= kCharToken;
	if (alnum || bytes_contain("-._~!$&'()*+,;=:@/"_b, c))
		classes |= kCharPath | kCharQuery;
	if (c == '%')
		classes |= kCharPath;
	if (c == '?')
		classes |= kCharQuery;
	// What frames a request line is not in it, nor what ends a path.
	if (c > 0x20 && c != 0x7f && c != '?' && c != '#')
		classes |= kCharTarget;
	if (alnum || bytes_contain("-._~!$&'()*+,;="_b, c))
		classes |= kCharRegName;
	if (c == '\t' || (c >= 0x20 && c != 0x7f))
		classes |= kCharText;
	return classes;
}

constexpr std::array<u8, 256> make_char_classes()
{
	std::array<u8, 256> table = {};

	for (unsigned int c = 0; c < 256; c++)
		table[c] = classify_char(static_cast<u8>(c));
	return table;
}

} // namespace

constinit const std::array<u8, 256> kCharClasses = make_char_classes();

bool is_token(Bytes text)
{
	return !text.empty() && skip_class(text.begin(), text.end(), kCharToken) == text.end();
}

bool is_text(Bytes text)
{
	const u8 *p = text.begin();

	// A tab is a control character, too.
	while (text.end() - p >= 8 && !control_mask(load64(p)))
		p += 8;
	return skip_class(p, text.end(), kCharText) == text.end();
}

Bytes trim_ows(Bytes text)
{
	while (!text.empty() && is_ows(text[0]))
		text = text.drop(1);
	while (!text.empty() && is_ows(text.back()))
		text = text.prefix(text.size() - 1);
	return text;
}

bool next_list_element(Bytes &remainder, Bytes &element)
{
	while (!remainder.empty()) {
		bool quoted = false;
		usize i = 0;

		for (; i < remainder.size() && (quoted || remainder[i] != ','); i++) {
			if (remainder[i] == '"')
				quoted = !quoted;
			else if (quoted && remainder[i] == '\\')
				i++;
		}
		element = trim_ows(remainder.prefix(i));
		remainder = remainder.drop(i + 1);
		if (!element.empty())
			return true;
	}
	return false;
}

} // namespace khttpd
