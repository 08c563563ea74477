// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/machine.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "exit_status.h"
#include "failure.h"
#include "language/source.h"

namespace khttpdctl {

bool Machine::has(const std::string &absolute) const
{
	return access(path(absolute).c_str(), F_OK) == 0;
}

std::string Machine::text_of(const std::string &absolute) const
{
	Source source;
	std::string problem;

	if (!read_source(path(absolute), source, problem))
		return "";
	if (!source.text.empty() && source.text.back() == '\n')
		source.text.pop_back();
	return source.text;
}

void Machine::need_root(const std::string &command) const
{
	if (is_this() && geteuid() != 0)
		throw Failure(kNoPermission,
			      fmt::format("{} needs root: sudo khttpdctl {}", command, command));
}

std::string Machine::release() const
{
	struct utsname name = {};

	if (!is_this())
		return text_of("/proc/sys/kernel/osrelease");
	return uname(&name) == 0 ? name.release : "";
}

// Process 1 does not tell: in a container it is the container's. The kernel has the settings of
// all devices only in its first network namespace (sysctl_core_init(), net/core/sysctl_net_core.c).
bool Machine::in_first_namespace() const
{
	return has("/proc/sys/net/core/netdev_max_backlog") || !has("/proc/sys/net/core");
}

} // namespace khttpdctl
