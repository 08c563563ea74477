// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/place.h"

#include "http/mime.h"

namespace khttpd {

Bytes Place::type_of(Bytes name) const
{
	usize i = types.size();

	while (i-- > 0) {
		const Bytes ending = types[i].ending;
		const usize dot = name.size() - ending.size() - 1;

		if (name.size() > ending.size() && name[dot] == '.' &&
		    equals_ignore_case(name.drop(dot + 1), ending))
			return types[i].type;
	}
	return mime_type_of(name, default_type.empty() ? kOctetStream : default_type);
}

} // namespace khttpd
