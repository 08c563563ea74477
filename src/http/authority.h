// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// Whether the text is `uri-host [ ":" port ]` (RFC 9110 section 7.2) with a host that is not empty,
// as http requires (section 4.2.1), a port below 65536, and no user information (section 4.2.4).
bool valid_authority(Bytes text);

// The same with a port that must be there, as CONNECT has it (RFC 9112 section 3.2.3).
bool valid_authority_with_port(Bytes text);

// Whether the text is an IPv6 address as RFC 3986 section 3.2.2 writes it, without brackets.
bool valid_ipv6(Bytes text);

} // namespace khttpd
