// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Which connections have to say whose they are. */
#pragma once

#include <string>
#include <vector>

namespace khttpdctl {

// Whether the address is within one of the networks, which stand in the values of proxy_protocol.
bool is_proxy(const std::vector<std::string> &values, const std::string &address);

} // namespace khttpdctl
