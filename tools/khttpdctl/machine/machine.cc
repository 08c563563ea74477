// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/machine.h"

#include <climits>

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "exit_status.h"
#include "failure.h"
#include "language/source.h"

namespace khttpdctl {

namespace {

std::string target_of(const std::string &link)
{
	char target[PATH_MAX];
	const ssize_t size = readlink(link.c_str(), target, sizeof(target));

	return size < 0 ? "" : std::string(target, static_cast<size_t>(size));
}

} // namespace

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

bool Machine::in_first_namespace() const
{
	const std::string ours = target_of(path("/proc/self/ns/net"));
	const std::string first = target_of(path("/proc/1/ns/net"));

	return ours.empty() || first.empty() || ours == first;
}

} // namespace khttpdctl
