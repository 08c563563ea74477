// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The verdict of the module's own builder, which has every rule there is. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "language/canonical.h"
#include "language/diagnostics.h"

namespace khttpdctl {

// Builds a configuration as the module would, without opening document roots, and tells its
// mistakes where their lines come from.
void judge(const Canonical &canonical, const Sources &sources, Diagnostics &out);

// Tells mistakes that the builder found, here or in the kernel, a line each. Those of the whole are
// put into `whole`, or without it at the beginning of the file.
void tell_mistakes(std::string_view told, const Canonical &canonical, const Sources &sources,
		   Diagnostics &out, std::vector<std::string> *whole);

} // namespace khttpdctl
