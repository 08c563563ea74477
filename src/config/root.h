// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The document root that a configuration owns: the directory and its mount are held until the owner
 * ends. Opened and closed in process context.
 */
#pragma once

#include "base/owned.h"
#include "kapi/kapi.h"

namespace khttpd {

using Root = Owned<kh_root, kh_root_close>;

} // namespace khttpd
