// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl restart: stops what serves and starts anew, unless the configuration has mistakes. */
#include "change.h"
#include "commands.h"
#include "commands/control/start.h"
#include "exit_status.h"
#include "language/source.h"
#include "machine/lock.h"

namespace khttpdctl {

int run_restart(const Options &options)
{
	const Machine machine(options.root);
	Configuration configuration;

	machine.need_root("restart");
	const Lock lock(machine);
	int status = read_good(configuration, options.conf, options.quiet);
	if (status == kOk)
		status = stop_server(machine, options.quiet);
	return status == kOk ? start_server(machine, configuration, source_name(options.conf),
					    options.quiet) :
			       status;
}

} // namespace khttpdctl
