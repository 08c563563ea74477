// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the address of a client decides. Any context. */
#pragma once

#include "config/places/place_table.h"
#include "server/replies/client.h"
#include "server/replies/exchange.h"

namespace khttpd {

// Whether a place answers the client of a request. What it takes to tell is added to `work`.
inline bool may_ask(const Match &match, const Request &request, Bytes head, const kh_conn *socket,
		    u32 &work)
{
	u8 address[kAddressSize];

	if (match.place->access.empty() && (!match.around || match.around->access.empty()))
		return true;
	client_address(*match.place, request, head, socket, work, address);
	return is_allowed(match.place->access, address, work) &&
	       (!match.around || is_allowed(match.around->access, address, work));
}

// The seconds after which the client may ask again, where it asks too often; 0 if it does not. What
// it asks is counted. BH context.
inline u32 must_wait(const Exchange &exchange)
{
	const Place &place = exchange.place;
	u8 address[kAddressSize];

	if (!place.rate_interval_ns)
		return 0;
	client_address(place, exchange.request, exchange.head, exchange.socket, exchange.batch.work,
		       address);
	return kh_rate_take(place.settings->net, address, place.rate_id, place.rate_interval_ns,
			    place.rate_burst);
}

} // namespace khttpd
