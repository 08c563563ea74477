// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdio>
#include <sstream>

#include "doctor/patient.h"
#include "machine/program.h"

namespace khttpdctl {

namespace {

// Those kernels leave packets to ksoftirqd once it runs, which then waits for a CPU as any process
// does. 6.12 was measured and does not; those between were not.
bool leaves_packets_to_ksoftirqd(const std::string &release)
{
	unsigned major = 0;
	unsigned minor = 0;

	return std::sscanf(release.c_str(), "%u.%u", &major, &minor) >= 1 &&
	       (major < 6 || (major == 6 && minor < 12));
}

bool has_real_time_ksoftirqd()
{
	std::istringstream processes(run_program({"ps", "-eo", "cls=,comm="}).text);
	std::string schedule;
	std::string name;

	while (processes >> schedule && std::getline(processes >> std::ws, name)) {
		if (schedule == "FF" && name.compare(0, 10, "ksoftirqd/") == 0)
			return true;
	}
	return false;
}

} // namespace

// Not a fault: whether somebody wants it is a matter of what else the machine does.
void look_at_overload(Patient &patient)
{
	if (!leaves_packets_to_ksoftirqd(patient.release))
		return;
	if (has_real_time_ksoftirqd()) {
		patient.good("packets are received at real-time priority");
		return;
	}
	patient.advice("under heavy CPU load, requests wait for processes; this prevents it");
	patient.hint("until the next boot:");
	patient.hint("for thread in $(pgrep ^ksoftirqd/); do chrt --fifo --pid 1 $thread; done");
}

} // namespace khttpdctl
