// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Owners of what the file side of the seam counts. They are empty or hold one reference, which they
 * give back when they end: that of a body or a cache entry in any context, a file in process
 * context.
 */
#pragma once

#include "base/owned.h"
#include "kapi/kapi.h"

namespace khttpd {

using BodyRef = Owned<kh_body, kh_body_put>;
using CacheRef = Owned<kh_cache_node, kh_cache_put>;
using OpenFile = Owned<kh_file, kh_file_close>;

} // namespace khttpd
