// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The commands, each in a file of its own. They return the status to exit with. */
#pragma once

#include <string>

namespace khttpdctl {

struct Options {
	// The configuration file, or "-".
	std::string conf;
	// Errors alone.
	bool quiet = false;
	// Of `show`.
	bool origin = false;
	bool json = false;
	bool canonical = false;
};

int run_check(const Options &options);
int run_show(const Options &options);
int run_version();

} // namespace khttpdctl
