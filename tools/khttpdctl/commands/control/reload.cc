// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl reload: changes the server that runs, whole or not at all. */
#include "change.h"
#include "commands.h"
#include "commands/control/start.h"
#include "exit_status.h"
#include "failure.h"
#include "language/source.h"
#include "machine/lock.h"
#include "messages.h"

namespace khttpdctl {

int run_reload(const Options &options)
{
	const Machine machine(options.root);
	const Module module(machine);
	Configuration configuration;

	machine.need_root("reload");
	const Lock lock(machine);
	const State state = module.state();
	if (state == State::none || state == State::idle)
		throw Failure(kUnavailable, "khttpd is not running: start it first");
	need_ready(machine, state);
	int status = read_good(configuration, options.conf, options.quiet);
	if (status == kOk) {
		KernelLog log(machine);
		ServerFile file(machine);

		status = put_into_force(file, configuration, log);
		if (status == kOsError)
			status = kTemporary;
	}
	if (status != kOk)
		throw Failure(status, "the old configuration is still in force");
	note(options.quiet, source_name(options.conf) + " applied");
	return kOk;
}

} // namespace khttpdctl
