// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The header of the PROXY protocol, versions 1 and 2, by which a proxy says whose connection it
 * passes on (proxy-protocol.txt of HAProxy), and whether with TLS. It comes once, before anything
 * else. Pure.
 */
#pragma once

#include "http/address.h"
#include "http/request_parser.h"

namespace khttpd {

// Of a header in all. The additions of version 2 (TLV) take most of it.
inline constexpr usize kMaxProxyHeader = 4096;
// Of that, what the parser of the header looks at: the longest line of version 1.
inline constexpr usize kMaxProxyLine = 107;

struct ProxyHeader {
	ParseOutcome outcome = ParseOutcome::bad;
	// Once done. What the input does not have of it yet is to be thrown away.
	u32 size = 0;
	// Where its additions begin; `size` where it has none that count.
	u32 additions = 0;
	// Whether it names a client; else the proxy speaks for itself, or does not know.
	bool named = false;
	u16 port = 0;
	u8 address[kAddressSize] = {};
};

// Reads a header that the input begins with. The verdict is the same for every longer input, but
// for need_more, of which there is none from kMaxProxyLine bytes on.
ProxyHeader parse_proxy_header(Bytes in);

// The additions of version 2 (TLV, section 2.2), which come in pieces of any size and are not kept.
// All but what PP2_TYPE_SSL says of TLS is passed over.
class ProxyAdditions {
public:
	ProxyAdditions() = default;
	// `before` bytes of the header come before them.
	explicit ProxyAdditions(usize before) : before_(static_cast<u32>(before)) {}

	void take(Bytes in);
	// Once all of the header is taken: whether it ends where an addition does.
	bool complete() const { return good_ && begun_ == 0; }
	// Whether the proxy's client has TLS.
	bool secure() const { return secure_; }

private:
	void begin(u8 c);

	u32 before_ = 0;
	u16 left_ = 0; // bytes of the value under way
	u8 type_ = 0;
	u8 begun_ = 0;		     // bytes of its type and length that came; 0 between two
	bool awaits_client_ = false; // the byte that says what the client has
	bool secure_ = false;
	bool good_ = true;
};

} // namespace khttpd
