// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl start: loads the module and puts the configuration into force, or neither. */
#include "commands/control/start.h"

#include <chrono>
#include <cstdio>
#include <thread>

#include <fmt/format.h>

#include "change.h"
#include "commands.h"
#include "exit_status.h"
#include "failure.h"
#include "language/source.h"
#include "machine/loading.h"
#include "machine/lock.h"
#include "machine/notify.h"
#include "messages.h"

namespace khttpdctl {

namespace {

// Nothing tells when the module is unloaded by somebody else.
constexpr std::chrono::seconds kLook{1};

// Puts it into force by a file that is closed again. A server that needs it open has ended then.
int put_for_good(const Machine &machine, Configuration &configuration, KernelLog &log)
{
	{
		ServerFile file(machine);
		const int status = put_into_force(file, configuration, log);

		if (status != kOk)
			return status;
	}
	if (Module(machine).state() != State::serving)
		throw Failure(kOsError, "the server has already ended: outside the first network "
					"namespace, use `khttpdctl run'");
	return kOk;
}

} // namespace

void need_ready(const Machine &machine, State state)
{
	if (state == State::old)
		throw Failure(kFound,
			      fmt::format("khttpd {} is loaded, which takes its configuration "
					  "differently: run `khttpdctl restart'",
					  Module(machine).version()));
	if (state == State::elsewhere)
		throw Failure(
			kUnavailable,
			"khttpd is loaded, but may not have a server in this network namespace: "
			"load it with namespaces=1, or 2 for containers of unprivileged users");
}

int start_server(const Machine &machine, Configuration &configuration, const std::string &name,
		 bool quiet)
{
	const State before = Module(machine).state();
	KernelLog log(machine);
	Loading loading(machine, log);

	need_ready(machine, before);
	if (!machine.in_first_namespace())
		throw Failure(kUnavailable,
			      "in this network namespace the server ends with the process that "
			      "started it: use `khttpdctl run', which keeps running");
	if (before == State::none) {
		loading.load();
		need_ready(machine, Module(machine).state());
	} else {
		note(quiet, "khttpd is already loaded: applying the configuration to it");
	}
	const int status = put_for_good(machine, configuration, log);
	if (status != kOk)
		return status;
	loading.keep();
	if (before != State::none)
		note(quiet, name + " applied");
	else if (!quiet)
		print_kernel(log.lines());
	return kOk;
}

namespace {

int start(const Machine &machine, const Options &options)
{
	Configuration configuration;
	const Lock lock(machine);
	const int status = read_good(configuration, options.conf, options.quiet);

	return status == kOk ? start_server(machine, configuration, source_name(options.conf),
					    options.quiet) :
			       status;
}

// The server needs no process. This one ends when the module has gone, whoever unloaded it, and a
// service manager that started it then knows.
int stay(const Machine &machine, bool quiet)
{
	const Module module(machine);

	std::fflush(stdout);
	notify("READY=1\nSTATUS=serving");
	while (module.loaded())
		std::this_thread::sleep_for(kLook);
	note(quiet, "khttpd was unloaded");
	return kOk;
}

} // namespace

int run_start(const Options &options)
{
	const Machine machine(options.root);

	machine.need_root("start");
	const int status = start(machine, options);
	return status == kOk && options.stay ? stay(machine, options.quiet) : status;
}

} // namespace khttpdctl
