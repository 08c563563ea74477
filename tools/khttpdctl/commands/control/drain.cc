// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl drain: has clients go elsewhere before the server stops. */
#include <chrono>
#include <cstring>
#include <thread>

#include <fmt/format.h>

#include "commands.h"
#include "commands/control/start.h"
#include "exit_status.h"
#include "failure.h"
#include "language/spelling.h"
#include "machine/lock.h"
#include "machine/server_file.h"
#include "messages.h"

namespace khttpdctl {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr std::chrono::milliseconds kLook{100};
constexpr seconds kTell{5};

constexpr const char *kOff = "\ndrain = 0\n";
constexpr const char *kOn = "\ndrain = 1\n";

std::string connections(const Module &module)
{
	const std::string count = module.counter("connections_active");

	return fmt::format("{} connection{}", printable(count), count == "1" ? "" : "s");
}

bool is_draining(const Module &module)
{
	return module.in_force("drain") == "1";
}

// The server closes each connection after its next reply from here on. Fails when it does not.
void begin_drain(const Machine &machine)
{
	// With a line break before its first line.
	std::string text = "\n" + machine.text_of(kConfigFile) + "\n";
	const size_t at = text.find(kOff);

	if (is_draining(Module(machine)))
		return;
	if (at == text.npos)
		throw Failure(kUnavailable, "the module that is loaded cannot drain: restart "
					    "changes to the installed version");
	text.replace(at, std::strlen(kOff), kOn);
	ServerFile file(machine);
	const int err = file.commit(text.substr(1));
	if (err == 0)
		return;
	warn(file.mistakes());
	throw Failure(kTemporary, fmt::format("the server does not drain: {}", std::strerror(err)));
}

// kOk when no connection is left, kFound when some are. Fails when the server ends or drains no
// longer.
int wait_for_drain(const Machine &machine, unsigned long timeout, bool quiet)
{
	const Module module(machine);
	const auto end = Clock::now() + seconds(timeout);
	auto told = Clock::now();

	while (module.counter("connections_active") != "0") {
		if (!module.serves())
			throw Failure(kNotRunning, "khttpd was stopped meanwhile");
		if (!is_draining(module))
			throw Failure(kTemporary, "another configuration ended the drain");
		if (Clock::now() >= end) {
			warn(fmt::format("{} left after {} s", connections(module), timeout));
			return kFound;
		}
		if (Clock::now() - told >= kTell) {
			note(quiet, fmt::format("draining: {} left", connections(module)));
			told = Clock::now();
		}
		std::this_thread::sleep_for(kLook);
	}
	note(quiet, "drained: no connection is left");
	return kOk;
}

} // namespace

void drain_before_stop(const Machine &machine, bool quiet)
{
	const Module module(machine);
	const unsigned long timeout = std::stoul("0" + module.in_force("drain_timeout"));

	if (!timeout || is_draining(module))
		return;
	try {
		begin_drain(machine);
		wait_for_drain(machine, timeout, quiet);
	} catch (const Failure &failure) {
		warn(failure.what());
	}
}

int run_drain(const Options &options)
{
	const Machine machine(options.root);

	machine.need_root("drain");
	if (!Module(machine).serves())
		throw Failure(kNotRunning, "khttpd is not running");
	{
		const Lock lock(machine);

		begin_drain(machine);
	}
	return wait_for_drain(machine, options.drain_timeout, options.quiet);
}

} // namespace khttpdctl
