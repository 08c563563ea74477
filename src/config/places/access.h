// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Addresses that are answered, or are not. Pure; looked up in any context. */
#pragma once

#include <span>

#include "http/address.h"
#include "http/forwarded.h"

namespace khttpd {

struct AccessRule {
	u8 network[kAddressSize] = {};
	u8 mask[kAddressSize] = {}; // the bits that count
	bool ipv6 = false;	    // not for what is mapped into it
	bool allow = false;
};

// The proxies that are believed whose request they pass on, and where they say so.
struct Forwarding {
	std::span<const AccessRule> networks;
	ForwardedField field = ForwardedField::x_forwarded_for;
};

// Reads `ADDRESS`, `ADDRESS/BITS` or `all`. False for anything else, and where a bit is set that
// does not count.
bool read_network(Bytes text, AccessRule &rule);

// The first rule that the address is within holds; without one it is allowed. Adds to `compared`
// how many were looked at.
bool is_allowed(std::span<const AccessRule> rules, const u8 address[kAddressSize], u32 &compared);

// Whether one of the networks has the address, whatever is allowed. Adds to `compared` likewise.
bool is_within(std::span<const AccessRule> networks, const u8 address[kAddressSize], u32 &compared);

} // namespace khttpd
