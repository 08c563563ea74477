// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Addresses of the internet as texts, and the networks they are within. Pure. */
#pragma once

#include "base/bytes.h"

namespace khttpd {

// Of both families; IPv4 is mapped to IPv6 (RFC 4291 section 2.5.5.2).
inline constexpr usize kAddressSize = 16;
// Of that, before an IPv4 address.
inline constexpr usize kMappedSize = 12;

// Reads `a.b.c.d` into four bytes; no number has a zero in front. False for anything else.
bool read_ipv4(Bytes text, u8 *out);

// Reads an IPv4 address, or an IPv6 one without brackets. False for anything else, and `out` is
// undefined then.
bool read_address(Bytes text, u8 out[kAddressSize]);

void map_ipv4(const u8 from[4], u8 out[kAddressSize]);
bool is_mapped_ipv4(const u8 address[kAddressSize]);

} // namespace khttpd
