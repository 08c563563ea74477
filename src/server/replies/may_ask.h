// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whether a place answers the client of a connection. Any context. */
#pragma once

#include "config/places/place.h"
#include "kapi/kapi.h"

namespace khttpd {

inline bool may_ask(const Place &place, const kh_conn *socket)
{
	u8 address[kAddressSize];

	if (place.access.empty())
		return true;
	kh_conn_address(socket, address);
	return is_allowed(place.access, address);
}

} // namespace khttpd
