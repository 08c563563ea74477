// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl doctor: what keeps the server from running here, and what to do about it. */
#include <fmt/format.h>

#include "commands.h"
#include "doctor/patient.h"
#include "exit_status.h"
#include "failure.h"

namespace khttpdctl {

namespace {

bool is_release(const std::string &name)
{
	return !name.empty() && name[0] != '-' && name.find('/') == name.npos;
}

void look_at_state(const Patient &patient)
{
	const State state = patient.module.state();

	if (patient.module.serves())
		patient.good(fmt::format("khttpd {} is running", patient.module.version()));
	else if (state != State::none)
		patient.good(fmt::format("khttpd {} is loaded, but no server is running here",
					 patient.module.version()));
}

} // namespace

int run_doctor(const Options &options)
{
	const Machine machine(options.root);
	Configuration configuration;

	if (!options.release.empty() && !is_release(options.release))
		throw Failure(kUsageError,
			      fmt::format("{} is not a kernel release; see khttpdctl --help",
					  options.release));
	Patient patient(machine, options.release);
	if (patient.runs)
		look_at_state(patient);
	look_at_build(patient);
	look_at_signature(patient);
	// Of a kernel that does not run yet no more can be said.
	if (patient.runs) {
		if (look_at_configuration(patient, options.conf, configuration))
			look_at_port(patient, configuration.document(), options.conf);
		look_at_overload(patient);
	}
	if (patient.problems == 0) {
		fmt::print("no problem found\n");
		return kOk;
	}
	fmt::print("{} problem(s) found\n", patient.problems);
	return kFound;
}

} // namespace khttpdctl
