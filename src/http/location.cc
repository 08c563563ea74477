// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/location.h"

#include "http/authority.h"
#include "http/chars.h"

namespace khttpd {

namespace {

// Whether the text is made of escapes and of the class's other characters.
bool escaped_well(Bytes text, u8 mask)
{
	for (usize i = 0; i < text.size(); i++) {
		if (text[i] != '%') {
			if (!has_class(text[i], mask))
				return false;
			continue;
		}
		if (escaped_byte(text.drop(i)) < 0)
			return false;
		i += 2;
	}
	return true;
}

// Takes what leads to a host off the text. False when the text has none.
bool take_scheme(Bytes &text)
{
	for (Bytes scheme : {"http://"_b, "https://"_b, "//"_b}) {
		if (text.starts_with(scheme)) {
			text = text.drop(scheme.size());
			return true;
		}
	}
	return false;
}

} // namespace

bool valid_location(Bytes text)
{
	if (take_scheme(text)) {
		usize host = 0;

		while (host < text.size() && text[host] != '/' && text[host] != '?' &&
		       text[host] != '#')
			host++;
		if (!valid_authority(text.prefix(host)))
			return false;
		text = text.drop(host);
	} else if (!text.starts_with("/"_b)) {
		return false;
	}
	const usize hash = text.find('#');
	const Bytes before = text.prefix(hash);
	const Bytes path = before.prefix(before.find('?'));

	// A fragment has the characters of a query (RFC 3986 section 3.5).
	return escaped_well(path, kCharPath) &&
	       escaped_well(before.drop(path.size() + 1), kCharQuery) &&
	       escaped_well(text.drop(hash + 1), kCharQuery);
}

} // namespace khttpd
