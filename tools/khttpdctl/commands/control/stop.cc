// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl stop: unloads the module. */
#include "commands.h"
#include "commands/control/start.h"
#include "exit_status.h"
#include "failure.h"
#include "machine/kernel_log.h"
#include "machine/lock.h"
#include "messages.h"

namespace khttpdctl {

int stop_server(const Machine &machine, bool quiet)
{
	const Module module(machine);
	KernelLog log(machine);

	if (!module.loaded()) {
		note(quiet, "khttpd is not loaded");
		return kOk;
	}
	if (!machine.in_first_namespace())
		throw Failure(kUnavailable,
			      "to end the server of this network namespace, stop its `khttpdctl "
			      "run'; unloading the module would end all other servers too");
	drain_before_stop(machine, quiet);
	try {
		module.unload();
	} catch (const Failure &) {
		warn_of_kernel(log.lines());
		throw;
	}
	if (!quiet)
		print_kernel(log.lines());
	return kOk;
}

int run_stop(const Options &options)
{
	const Machine machine(options.root);

	machine.need_root("stop");
	const Lock lock(machine);
	return stop_server(machine, options.quiet);
}

} // namespace khttpdctl
