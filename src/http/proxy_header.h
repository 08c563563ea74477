// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The header of the PROXY protocol, versions 1 and 2, by which a proxy says whose connection it
 * passes on (proxy-protocol.txt of HAProxy). It comes once, before anything else. Pure.
 */
#pragma once

#include "http/address.h"
#include "http/request_parser.h"

namespace khttpd {

// Of a header in all. The additions of version 2 (TLV) take most of it.
inline constexpr usize kMaxProxyHeader = 4096;
// Of that, what the parser looks at: the longest line of version 1.
inline constexpr usize kMaxProxyLine = 107;

struct ProxyHeader {
	ParseOutcome outcome = ParseOutcome::bad;
	// Once done. What the input does not have of it yet is to be thrown away.
	u32 size = 0;
	// Whether it names a client; else the proxy speaks for itself, or does not know.
	bool named = false;
	u16 port = 0;
	u8 address[kAddressSize] = {};
};

// Reads a header that the input begins with. The verdict is the same for every longer input, but
// for need_more, of which there is none from kMaxProxyLine bytes on.
ProxyHeader parse_proxy_header(Bytes in);

} // namespace khttpd
