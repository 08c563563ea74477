// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Which connections have to say whose they are. */
#pragma once

#include <string>

namespace khttpdctl {

// Whether a configuration, in the canonical form, takes this address for that of a proxy which
// begins with a PROXY header.
bool takes_for_proxy(const std::string &config, const std::string &address);

} // namespace khttpdctl
