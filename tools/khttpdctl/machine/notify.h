// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a service manager is told over the socket that NOTIFY_SOCKET names: sd_notify(3). */
#pragma once

#include <string>

namespace khttpdctl {

// Lines such as READY=1. Nothing when nobody wants to know.
void notify(const std::string &lines);
// That what is in force is about to change.
void notify_of_reload();

} // namespace khttpdctl
