// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl run: serves as long as it goes on, in any network namespace. */
#include <fmt/format.h>

#include "change.h"
#include "commands.h"
#include "commands/control/start.h"
#include "exit_status.h"
#include "failure.h"
#include "machine/loading.h"
#include "machine/lock.h"
#include "machine/notify.h"
#include "machine/signals.h"
#include "messages.h"

namespace khttpdctl {

namespace {

// Nothing tells when the module is unloaded by somebody else.
constexpr struct timespec kLook = {1, 0};

class Runner {
public:
	explicit Runner(const Options &options)
		: options_(options), machine_(options.root), module_(machine_), log_(machine_),
		  loading_(machine_, log_)
	{
	}

	int run()
	{
		Configuration configuration;
		int status = read_good(configuration, options_.conf, options_.quiet);

		if (status != kOk)
			return status;
		prepare();
		// What is opened here holds the server, and is closed behind the last signal.
		ServerFile lease(machine_);
		status = put_into_force(lease, configuration, log_);
		if (status != kOk)
			return status;
		notify("READY=1\nSTATUS=serving");
		note(options_.quiet,
		     fmt::format("serving on port {}; SIGHUP reloads, SIGTERM ends it",
				 module_.counter("port")));
		std::fflush(stdout);
		status = serve();
		notify("STOPPING=1");
		if (status == kOk)
			end();
		return status;
	}

private:
	void prepare()
	{
		const State state = module_.state();

		if (state == State::serving)
			throw Failure(kTemporary, "a server is already running in this network "
						  "namespace: use `khttpdctl reload' to change it");
		if (state == State::none) {
			machine_.need_root("run");
			const Lock lock(machine_);
			loading_.load();
		}
		need_ready(machine_, module_.state());
	}

	int serve()
	{
		for (;;) {
			const int signal = signals_.wait(kLook);

			if (signal == SIGHUP)
				reload();
			else if (signal)
				return kOk;
			if (module_.state() == State::serving)
				continue;
			loading_.keep();
			throw Failure(kNotRunning, "khttpd was unloaded");
		}
	}

	// By a file of its own: one that had a write fail takes no more.
	void reload()
	{
		Configuration configuration;

		notify_of_reload();
		if (options_.conf == "-") {
			warn("a configuration from standard input cannot be read again");
		} else if (read_good(configuration, options_.conf, options_.quiet) == kOk) {
			KernelLog log(machine_);
			ServerFile file(machine_);

			if (put_into_force(file, configuration, log) == kOk) {
				notify("READY=1\nSTATUS=serving");
				note(options_.quiet, options_.conf + " applied");
				std::fflush(stdout);
				return;
			}
		}
		warn("the old configuration is still in force");
		notify("READY=1\nSTATUS=the last reload was refused");
	}

	void end()
	{
		const bool first = machine_.in_first_namespace();

		if (loading_.loaded() || !first)
			drain_before_stop(machine_, options_.quiet);
		if (loading_.loaded()) {
			const Lock lock(machine_);

			loading_.unload();
		} else if (first) {
			note(options_.quiet,
			     "the module was already loaded, so the server of the first network "
			     "namespace keeps running: `khttpdctl stop' ends it");
		}
	}

	const Options &options_;
	const Signals signals_;
	const Machine machine_;
	const Module module_;
	KernelLog log_;
	Loading loading_;
};

} // namespace

int run_run(const Options &options)
{
	return Runner(options).run();
}

} // namespace khttpdctl
