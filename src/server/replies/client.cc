// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/replies/client.h"

namespace khttpd {

[[gnu::noinline]] void follow_proxies(const Forwarding &forwarding, Bytes fields,
				      u8 address[kAddressSize], u32 &work)
{
	if (!is_within(forwarding.networks, address, work))
		return;
	work += static_cast<u32>(fields.size());
	ForwardedHops hops(fields, forwarding.field);
	u8 before[kAddressSize];

	do {
		if (!hops.next(before))
			return;
		__builtin_memcpy(address, before, kAddressSize);
	} while (is_within(forwarding.networks, address, work));
}

bool came_by_https(const Place &place, const Request &request, Bytes head, const kh_conn *socket,
		   u32 &work)
{
	const Forwarding *forwarding = place.forwarding;

	// A proxy that passes on TCP knows only who connects to it, which may be another proxy.
	if (!forwarding || !comes_from(forwarding->networks, socket, work))
		return kh_conn_is_secure(socket);
	work += request.field_section.size;
	return forwarded_by_https(request.field_section.of(head), forwarding->field);
}

} // namespace khttpd
