// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whether a place answers the client of a connection. Any context. */
#pragma once

#include "config/places/place_table.h"
#include "kapi/kapi.h"

namespace khttpd {

// Adds to `compared` the networks that its address was held against.
inline bool may_ask(const Match &match, const kh_conn *socket, u32 &compared)
{
	u8 address[kAddressSize];

	if (match.place->access.empty() && (!match.around || match.around->access.empty()))
		return true;
	kh_conn_address(socket, address);
	return is_allowed(match.place->access, address, compared) &&
	       (!match.around || is_allowed(match.around->access, address, compared));
}

// The seconds after which the client may ask again, where it asks too often; 0 if it does not. What
// it asks is counted. BH context.
inline u32 must_wait(const Place &place, const kh_conn *socket)
{
	u8 address[kAddressSize];

	if (!place.rate_interval_ns)
		return 0;
	kh_conn_address(socket, address);
	return kh_rate_take(place.settings->net, address, place.rate_id, place.rate_interval_ns,
			    place.rate_burst);
}

} // namespace khttpd
