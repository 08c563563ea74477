// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The verdict of the module's own builder, which has every rule there is. */
#pragma once

#include "language/canonical.h"
#include "language/diagnostics.h"

namespace khttpdctl {

// Builds a configuration as the module would, without opening document roots, and tells its
// mistakes where their lines come from.
void judge(const Canonical &canonical, const Sources &sources, Diagnostics &out);

} // namespace khttpdctl
