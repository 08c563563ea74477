// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/module.h"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include <fmt/format.h>

#include "exit_status.h"
#include "failure.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

constexpr const char *kFolder = "/sys/module/khttpd";
constexpr const char *kApply = "/sys/module/khttpd/parameters/apply";
constexpr int kUnloadTries = 5;

struct Reason {
	// In what modprobe says.
	const char *part;
	int status;
	const char *advice;
};

constexpr Reason kReasons[] = {
	{"not found", kUnavailable,
	 "the build failed, or headers are missing: run `khttpdctl doctor'"},
	{"Key was rejected", kNoPermission,
	 "Secure Boot is on and the key that signed khttpd is not enrolled: `khttpdctl doctor' "
	 "prints the commands"},
	{"Required key not available", kNoPermission,
	 "Secure Boot is on and the key that signed khttpd is not enrolled: `khttpdctl doctor' "
	 "prints the commands"},
	{"Operation not permitted", kNoPermission, ""},
	{"Permission denied", kNoPermission, ""},
	{"Exec format error", kUnavailable,
	 "khttpd was built for another kernel: run `khttpdctl doctor'"},
	{"Invalid module format", kUnavailable,
	 "khttpd was built for another kernel: run `khttpdctl doctor'"},
	{"disagrees about version", kUnavailable,
	 "khttpd was built for another kernel: run `khttpdctl doctor'"},
};

bool is_locked_down(const Machine &machine)
{
	const std::string modes = machine.text_of("/sys/kernel/security/lockdown");

	return modes.find("[integrity]") != modes.npos ||
	       modes.find("[confidentiality]") != modes.npos;
}

Failure cannot_load(const Machine &machine, const std::string &said)
{
	std::string text = "the module could not be loaded: " + said;

	if (said.find("not found") != said.npos)
		text += fmt::format("\nkhttpd is not built for kernel {}", machine.release());
	for (const Reason &reason : kReasons) {
		if (said.find(reason.part) == said.npos)
			continue;
		if (*reason.advice)
			text += std::string("\n") + reason.advice;
		else if (is_locked_down(machine))
			text += "\nthe kernel is locked down (Secure Boot or lockdown=) and "
				"accepts only modules signed with an enrolled key: run `khttpdctl "
				"doctor'";
		else
			text += "\nin a container, run this on the host: modprobe khttpd start=0 "
				"namespaces=1";
		return Failure(reason.status, text);
	}
	return Failure(kOsError, text);
}

std::string without_prefix(const std::string &said)
{
	static const std::string kPrefix = "modprobe: ";

	return said.compare(0, kPrefix.size(), kPrefix) == 0 ? said.substr(kPrefix.size()) : said;
}

} // namespace

State Module::state() const
{
	if (machine_.has(kServerFile)) {
		const std::string listeners = counter("listeners");

		return listeners.empty() || listeners == "0" ? State::idle : State::serving;
	}
	if (machine_.has(kApply))
		return State::old;
	return machine_.has(kFolder) ? State::elsewhere : State::none;
}

bool Module::serves() const
{
	const State now = state();

	return now == State::serving || now == State::old;
}

std::string Module::version() const
{
	return machine_.text_of(std::string(kFolder) + "/version");
}

std::string Module::installed_version() const
{
	const Finished done = run_program({"modinfo", "-F", "version", "khttpd"});

	return done.status == 0 ? done.text : "";
}

std::vector<std::pair<std::string, std::string>> Module::counters() const
{
	std::vector<std::pair<std::string, std::string>> all;
	std::string text = machine_.text_of(kStatusFile);

	while (!text.empty()) {
		const size_t end = std::min(text.find('\n'), text.size());
		const size_t blank = std::min(text.find(' '), end);

		all.emplace_back(text.substr(0, blank),
				 blank < end ? text.substr(blank + 1, end - blank - 1) : "");
		text.erase(0, end + 1);
	}
	return all;
}

std::string Module::counter(const std::string &name) const
{
	for (const auto &[known, value] : counters()) {
		if (known == name)
			return value;
	}
	return "";
}

std::string Module::in_force(const std::string &name) const
{
	const std::vector<std::string> all = all_in_force(name);

	return all.empty() ? "" : all.front();
}

std::vector<std::string> Module::all_in_force(const std::string &name) const
{
	const std::string before = name + " = ";
	std::istringstream config(machine_.text_of(kConfigFile));
	std::vector<std::string> all;
	std::string line;

	// The first section is the end of what is the whole server's.
	while (std::getline(config, line) && line.compare(0, 1, "[") != 0) {
		if (line.compare(0, before.size(), before) != 0)
			continue;
		line.erase(0, before.size());
		line.erase(std::remove(line.begin(), line.end(), '"'), line.end());
		all.push_back(line);
	}
	return all;
}

// An old one would not know start=0, and serve at once, with defaults.
bool Module::installed_is_old() const
{
	const Finished parameters = run_program({"modinfo", "-p", "khttpd"});

	return parameters.status == 0 &&
	       ("\n" + parameters.text).find("\nstart:") == std::string::npos;
}

void Module::load() const
{
	if (installed_is_old())
		throw Failure(kUnavailable,
			      fmt::format("the module built for this kernel is khttpd {}, which "
					  "this khttpdctl cannot start: run `khttpdctl doctor'",
					  installed_version()));
	const Finished done = run_program({"modprobe", "--first-time", "khttpd", "start=0"}, true);
	if (done.status == 0)
		return;
	const std::string said = without_prefix(done.text);
	if (loaded())
		throw Failure(kTemporary, "another program loaded khttpd in the meantime: " + said);
	throw cannot_load(machine_, said);
}

void Module::unload() const
{
	std::string said;

	for (int i = 0; i < kUnloadTries; i++) {
		if (i)
			std::this_thread::sleep_for(std::chrono::seconds(1));
		if (run_program({"modprobe", "-r", "khttpd"}, true).status == 0 && !loaded())
			return;
		// The file may be gone (package upgraded or removed) while its code still runs.
		const Finished done = run_program({"rmmod", "khttpd"}, true);
		if (done.status == 0 || !loaded())
			return;
		said = done.text;
	}
	throw Failure(kOsError, "khttpd cannot be unloaded: " + said);
}

} // namespace khttpdctl
