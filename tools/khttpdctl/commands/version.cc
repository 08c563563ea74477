// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl version: of this tool, of the module for this kernel and of the one that is loaded. */
#include <fmt/format.h>

#include "commands.h"
#include "exit_status.h"
#include "language/spelling.h"
#include "machine/module.h"

namespace khttpdctl {

int run_version(const Options &options)
{
	const Machine machine(options.root);
	const Module module(machine);
	const std::string installed = module.installed_version();
	const std::string loaded = module.version();

	fmt::print("khttpdctl {}\n", KHTTPD_VERSION);
	fmt::print("module for kernel {}: {}\n", printable(machine.release()),
		   installed.empty() ? "not built" : printable(installed));
	fmt::print("module loaded: {}\n", loaded.empty() ? "no" : printable(loaded));
	return kOk;
}

} // namespace khttpdctl
