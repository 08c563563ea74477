// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The commands, each in a file of its own. They return the status to exit with. */
#pragma once

#include <string>

namespace khttpdctl {

struct Options {
	// The configuration file, or "-", and whether the command line names it.
	std::string conf;
	bool conf_given = false;
	// Errors alone.
	bool quiet = false;
	// Where the machine is that is looked at: see machine/machine.h.
	std::string root;
	// Of `show`; the second of `status` and `log` as well.
	bool origin = false;
	bool json = false;
	bool canonical = false;
	// Of `start`.
	bool stay = false;
	// Of `log`; the second of `metrics` as well.
	bool follow = false;
	std::string output;
	// Of `digests`.
	std::string directory;
	// Of `doctor`.
	std::string release;
	// Of `health`: the target, and how many seconds it may take.
	std::string target;
	unsigned timeout = 5;
	// Of `drain`: the seconds to wait.
	unsigned drain_timeout = 30;
};

int run_check(const Options &options);
int run_drain(const Options &options);
int run_digests(const Options &options);
int run_doctor(const Options &options);
int run_health(const Options &options);
int run_log(const Options &options);
int run_metrics(const Options &options);
int run_reload(const Options &options);
int run_restart(const Options &options);
int run_run(const Options &options);
int run_show(const Options &options);
int run_start(const Options &options);
int run_status(const Options &options);
int run_stop(const Options &options);
int run_version(const Options &options);

} // namespace khttpdctl
