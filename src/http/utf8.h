// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// The bytes of the well-formed character that a text, which is not empty, begins with (RFC 3629
// section 4); 0 if it begins with none.
usize utf8_character_size(Bytes text);

} // namespace khttpd
