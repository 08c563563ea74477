// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The machine that khttpdctl doctor looks at, and what it finds there. */
#pragma once

#include <string>

#include "configuration.h"
#include "machine/module.h"

namespace khttpdctl {

enum class Family { debian, ubuntu, fedora, suse, other };

struct Patient {
	Patient(const Machine &looked_at, std::string kernel);

	// Lines of the report. A command to run has a line of its own, without anything behind it.
	void good(const std::string &text) const;
	void problem(const std::string &text);
	void advice(const std::string &text) const;
	void hint(const std::string &text) const;
	// The command that installs a package, by its names.
	void install_hint(const std::string &debian, const std::string &fedora,
			  const std::string &suse) const;
	// What modinfo says of the module for the kernel; empty when there is none.
	std::string about_module(const std::string &field) const;

	const Machine &machine;
	const Module module;
	// The kernel, and whether it is the one that runs.
	const std::string release;
	const bool runs;
	const Family family;
	unsigned problems = 0;
};

// Headers, compiler and the module built for the kernel.
void look_at_build(Patient &patient);
// Whether the kernel takes the module's signature.
void look_at_signature(Patient &patient);
// The configuration and the files that it names. False when it cannot be used.
bool look_at_configuration(Patient &patient, const std::string &path, Configuration &configuration);
// Who has the port.
void look_at_port(Patient &patient, const Document &document, const std::string &conf);
// Machines whose processes want more than the CPUs can give.
void look_at_overload(Patient &patient);

} // namespace khttpdctl
