// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What start, stop and drain do, for commands that do it as well. Whoever calls has the lock. */
#pragma once

#include "configuration.h"
#include "machine/module.h"

namespace khttpdctl {

// Fails where only a restart, or nothing, can help: an old module, a namespace without a server.
void need_ready(const Machine &machine, State state);

int start_server(const Machine &machine, Configuration &configuration, const std::string &name,
		 bool quiet);
// Drains first, as below.
int stop_server(const Machine &machine, bool quiet);

// Where drain_timeout is set and the server does not drain already: waits that long for connections
// to end. Fails never, as the server is stopped whatever comes of it.
void drain_before_stop(const Machine &machine, bool quiet);

} // namespace khttpdctl
