// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/forwarded.h"

namespace khttpd {

namespace {

Bytes without_space(Bytes text)
{
	while (!text.empty() && (text[0] == ' ' || text[0] == '\t'))
		text = text.drop(1);
	while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
		text = text.prefix(text.size() - 1);
	return text;
}

// The size of a quoted value that the text begins with; 0 where it ends before nothing that may
// stand behind a value. So a quote that a client leaves open is none: what would close it is the
// first one that a proxy wrote behind it, which begins a value. An end is looked for no further
// than the next value that begins with a quote, so all of a line's together cost one pass over it.
usize quoted_value_size(Bytes text)
{
	usize size = 1;

	for (; size < text.size() && text[size] != '"'; size++)
		size += text[size] == '\\';
	if (size >= text.size())
		return 0;
	size++;
	for (usize i = size; i < text.size(); i++) {
		if (text[i] == ';' || text[i] == ',')
			break;
		if (text[i] != ' ' && text[i] != '\t')
			return 0;
	}
	return size;
}

// Takes what is before the mark off the text, or all of it. With `quotes`, marks within a quoted
// value (RFC 7239 section 4) are none.
Bytes take_part(Bytes &text, u8 mark, bool quotes = true)
{
	usize size = 0;

	while (size < text.size() && text[size] != mark) {
		const bool begins = quotes && size > 0 && text[size] == '"' &&
				    text[size - 1] == '=';
		const usize quoted = begins ? quoted_value_size(text.drop(size)) : 0;

		size += quoted ? quoted : 1;
	}
	const Bytes part = text.prefix(size);

	text = text.drop(size + 1);
	return without_space(part);
}

// A value among the pairs of an element (RFC 7239 section 4), without its quotes.
Bytes value_in(Bytes element, Bytes name)
{
	while (!element.empty()) {
		const Bytes pair = take_part(element, ';');
		const usize equals = pair.find('=');
		const Bytes value = pair.drop(equals + 1);

		if (!equals_ignore_case(pair.prefix(equals), name))
			continue;
		if (value.empty() || value[0] != '"')
			return value;
		return value.size() > 1 && value.back() == '"' ? value.sub(1, value.size() - 2) :
								 Bytes();
	}
	return {};
}

bool is_port(Bytes text)
{
	for (u8 c : text) {
		if (!is_digit(c))
			return false;
	}
	return !text.empty() && text.size() <= 5;
}

// Reads an address that may have a port behind it; IPv6 then has brackets (section 6).
bool read_node(Bytes text, u8 address[kAddressSize])
{
	const usize colon = text.find(':');

	if (!text.empty() && text[0] == '[') {
		const usize close = text.find(']');
		const Bytes behind = text.drop(close + 1);
		const Bytes inside = text.sub(1, close - 1);

		return close < text.size() && inside.find(':') < inside.size() &&
		       (behind.empty() || (behind[0] == ':' && is_port(behind.drop(1)))) &&
		       read_address(inside, address);
	}
	if (colon < text.size() && text.find('.') < colon)
		return is_port(text.drop(colon + 1)) && read_address(text.prefix(colon), address);
	return read_address(text, address);
}

} // namespace

ForwardedList::ForwardedList(Bytes fields, Bytes name, bool quotes)
{
	while (!fields.empty()) {
		const Bytes line = fields.prefix(fields.find('\n'));
		const usize colon = name.size();

		fields = fields.drop(line.size() + 1);
		if (line.size() > colon && line[colon] == ':' &&
		    equals_ignore_case(line.prefix(colon), name))
			add_line(line.sub(colon + 1, line.size() - colon - 2), quotes);
	}
}

void ForwardedList::add_line(Bytes value, bool quotes)
{
	while (!value.empty()) {
		const Bytes element = take_part(value, ',', quotes);

		// A list may have empty elements (RFC 9110 section 5.6.1.2).
		if (!element.empty())
			elements_[count_++ % kMost] = element;
	}
}

bool ForwardedList::next(Bytes &element)
{
	if (taken_ == count_ || taken_ == kMost)
		return false;
	element = elements_[(count_ - ++taken_) % kMost];
	return true;
}

ForwardedHops::ForwardedHops(Bytes fields, ForwardedField field)
	: list_(fields, field == ForwardedField::forwarded ? "forwarded"_b : "x-forwarded-for"_b,
		field == ForwardedField::forwarded),
	  field_(field)
{
}

bool ForwardedHops::next(u8 address[kAddressSize])
{
	Bytes hop;

	if (!list_.next(hop))
		return false;
	return read_node(field_ == ForwardedField::forwarded ? value_in(hop, "for"_b) : hop,
			 address);
}

bool forwarded_by_https(Bytes fields, ForwardedField field)
{
	const bool standard = field == ForwardedField::forwarded;
	ForwardedList list(fields, standard ? "forwarded"_b : "x-forwarded-proto"_b, standard);
	Bytes nearest;

	return list.next(nearest) &&
	       equals_ignore_case(standard ? value_in(nearest, "proto"_b) : nearest, "https"_b);
}

} // namespace khttpd
