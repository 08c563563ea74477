// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The module khttpd: what there is of it, what it tells, and how it is loaded and unloaded. */
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "machine/machine.h"

namespace khttpdctl {

// Of the network namespace of this thread; /proc/net is that of the process.
inline constexpr const char *kServerFile = "/proc/thread-self/net/khttpd/server";
inline constexpr const char *kStatusFile = "/proc/thread-self/net/khttpd/status";
inline constexpr const char *kConfigFile = "/proc/thread-self/net/khttpd/config";
inline constexpr const char *kMetricsFile = "/proc/thread-self/net/khttpd/metrics";
inline constexpr const char *kLogFile = "/proc/thread-self/net/khttpd/log";

enum class State {
	// No module.
	none,
	// A version that takes its configuration from module parameters: it can be stopped.
	old,
	// Loaded, and this network namespace may not have a server.
	elsewhere,
	// Loaded, and no server here.
	idle,
	serving,
};

class Module {
public:
	explicit Module(const Machine &machine) : machine_(machine) {}

	State state() const;
	bool loaded() const { return state() != State::none; }
	// An old one serves as long as it is loaded.
	bool serves() const;
	// Of what is loaded, and of the file for the kernel that runs; empty when there is none.
	std::string version() const;
	std::string installed_version() const;
	// The counters, in their order.
	std::vector<std::pair<std::string, std::string>> counters() const;
	std::string counter(const std::string &name) const;
	// The value of a setting of the whole server, without quotes; empty without a server.
	std::string in_force(const std::string &name) const;
	// The same of each line of one that may have several.
	std::vector<std::string> all_in_force(const std::string &name) const;

	// Loads it without a server. Fails with what modprobe says, and with what to do.
	void load() const;
	// Fails when it stays loaded.
	void unload() const;

private:
	bool installed_is_old() const;

	const Machine &machine_;
};

} // namespace khttpdctl
