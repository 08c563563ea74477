// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl version: of this tool and of the module that is loaded. */
#include <cstdlib>

#include <fmt/format.h>

#include "commands.h"
#include "exit_status.h"
#include "language/source.h"
#include "language/spelling.h"

namespace khttpdctl {

int run_version()
{
	const char *folder = std::getenv("KHTTPD_SYSFS");
	Source version;
	std::string problem;
	const std::string file = std::string(folder ? folder : "/sys/module/khttpd") + "/version";

	fmt::print("khttpdctl {}\n", KHTTPD_VERSION);
	if (read_source(file, version, problem))
		fmt::print("module loaded: {}\n",
			   printable(version.text.substr(0, version.text.find('\n'))));
	else
		fmt::print("module loaded: no\n");
	return kOk;
}

} // namespace khttpdctl
