// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whether two parses of a head found the same. */
#pragma once

#include "http/request.h"

namespace khttpd {

inline bool same(Slice a, Slice b)
{
	return a.offset == b.offset && a.size == b.size;
}

inline bool same(const Request &a, const Request &b)
{
	for (usize i = 0; i < kFieldCount; i++) {
		const Field field = static_cast<Field>(i);

		if (a.has(field) != b.has(field) || a.repeated(field) != b.repeated(field) ||
		    !same(a.field(field), b.field(field)))
			return false;
	}
	return a.method == b.method && a.version_minor == b.version_minor &&
	       a.keep_alive == b.keep_alive && a.expect_continue == b.expect_continue &&
	       a.framing == b.framing && a.form == b.form && a.content_length == b.content_length &&
	       same(a.method_name, b.method_name) && same(a.target, b.target) &&
	       same(a.path, b.path) && same(a.query, b.query) && same(a.authority, b.authority) &&
	       same(a.field_section, b.field_section);
}

} // namespace khttpd
