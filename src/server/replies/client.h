// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Whose a connection is, and whose a request. Any context. */
#pragma once

#include "config/places/place.h"
#include "http/request.h"
#include "kapi/kapi.h"

namespace khttpd {

// Adds to `work` how many networks were compared.
inline bool comes_from(std::span<const AccessRule> networks, const kh_conn *socket, u32 &work)
{
	u8 address[kAddressSize];

	kh_conn_address(socket, address);
	return is_within(networks, address, work);
}

// The same for what is asked once for a connection.
inline bool comes_from(std::span<const AccessRule> networks, const kh_conn *socket)
{
	u32 compared = 0;

	return comes_from(networks, socket, compared);
}

// Replaces the address of a proxy by that of whom it has the request from, and so on. Adds to
// `work` the bytes and networks that were looked at.
void follow_proxies(const Forwarding &forwarding, Bytes fields, u8 address[kAddressSize],
		    u32 &work);

// The address of whoever a request is from, which may have come by proxies. What it takes to tell
// is added to `work`. Nothing of a head that is incomplete is believed.
inline void client_address(const Place &place, const Request &request, Bytes head,
			   const kh_conn *socket, u32 &work, u8 address[kAddressSize])
{
	kh_conn_address(socket, address);
	if (place.forwarding)
		follow_proxies(*place.forwarding, request.field_section.of(head), address, work);
}

// Whether a proxy that is believed had the request by https, as its field says, or the connection
// with TLS.
bool came_by_https(const Place &place, const Request &request, Bytes head, const kh_conn *socket,
		   u32 &work);

} // namespace khttpd
