// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// The media type that a file's name stands for by what follows its last dot, without regard to
// case; `unknown` when nothing is known of it.
inline constexpr Bytes kOctetStream = "application/octet-stream"_b;
Bytes mime_type_of(Bytes path, Bytes unknown = kOctetStream);

// Types of text, to which a charset parameter is added.
bool mime_takes_charset(Bytes type);

} // namespace khttpd
