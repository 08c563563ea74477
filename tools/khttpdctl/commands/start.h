// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What start and stop do, for commands that do it as well. Whoever calls has the lock. */
#pragma once

#include "configuration.h"
#include "machine/module.h"

namespace khttpdctl {

// Fails where only a restart, or nothing, can help: an old module, a namespace without a server.
void need_ready(const Machine &machine, State state);

int start_server(const Machine &machine, Configuration &configuration, const std::string &name,
		 bool quiet);
int stop_server(const Machine &machine, bool quiet);

} // namespace khttpdctl
