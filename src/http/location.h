// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// Whether the text can be the value of Location: an http or https URI with a host, or a reference
// to a host (//HOST/PATH) or to a path (RFC 3986 section 4.2), in which all that is not allowed is
// escaped.
bool valid_location(Bytes text);

} // namespace khttpd
