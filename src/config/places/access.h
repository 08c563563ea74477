// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Addresses that are answered, or are not. Pure; looked up in any context. */
#pragma once

#include <span>

#include "base/bytes.h"

namespace khttpd {

// Of both families; IPv4 is mapped to IPv6 (RFC 4291 section 2.5.5.2).
inline constexpr usize kAddressSize = 16;

struct AccessRule {
	u8 network[kAddressSize] = {};
	u8 mask[kAddressSize] = {}; // the bits that count
	bool ipv6 = false;	    // not for what is mapped into it
	bool allow = false;
};

// Reads `ADDRESS`, `ADDRESS/BITS` or `all`. False for anything else, and where a bit is set that
// does not count.
bool read_network(Bytes text, AccessRule &rule);

// The first rule that the address is within holds; without one it is allowed. Adds to `compared`
// how many were looked at.
bool is_allowed(std::span<const AccessRule> rules, const u8 address[kAddressSize], u32 &compared);

} // namespace khttpd
