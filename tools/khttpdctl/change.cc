// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "change.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "exit_status.h"
#include "judge.h"
#include "messages.h"

namespace khttpdctl {

namespace {

// The builder's way to say that there is only a number, which is told by its name.
bool is_bare_error(const std::string &text)
{
	return text.compare(0, 6, "error ") == 0;
}

std::string advice_on(int err)
{
	switch (err) {
	case EADDRINUSE:
		return ": a port is in use; `khttpdctl doctor' shows by which program";
	case EADDRNOTAVAIL:
		return ": an address in bind does not belong to this machine";
	case EPERM:
	case EACCES:
		return ": this needs CAP_NET_ADMIN and, outside the first network namespace, a "
		       "module loaded with namespaces=1 or 2";
	default:
		return "";
	}
}

} // namespace

int read_good(Configuration &configuration, const std::string &path, bool quiet)
{
	const int status = configuration.read(path);

	if (status != kOk)
		return status;
	return configuration.report(!quiet) ? kOk : kBadConfig;
}

int put_into_force(ServerFile &file, Configuration &configuration, KernelLog &log)
{
	const int err = file.commit(configuration.canonical().text);
	std::vector<std::string> whole;
	Diagnostics mistakes;

	if (err == 0)
		return kOk;
	tell_mistakes(file.mistakes(), configuration.canonical(), configuration.sources(), mistakes,
		      &whole);
	mistakes.print(stderr, configuration.sources(), false);
	for (const std::string &text : whole) {
		if (!is_bare_error(text))
			warn(text);
	}
	warn_of_kernel(log.lines());
	warn(fmt::format("the configuration was refused: {}{}", std::strerror(err),
			 advice_on(err)));
	if (mistakes.errors())
		return kBadConfig;
	return err == EPERM || err == EACCES ? kNoPermission : kOsError;
}

} // namespace khttpdctl
