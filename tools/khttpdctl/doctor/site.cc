// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdio>

#include <fmt/format.h>

#include "doctor/patient.h"
#include "exit_status.h"
#include "files.h"

namespace khttpdctl {

namespace {

// Warnings of files end in the command that helps: "...; run COMMAND".
void tell_of_file(Patient &patient, const Sources &sources, const Diagnostic &found)
{
	static const std::string kRun = "; run ";
	const size_t at = found.text.rfind(kRun);

	patient.problem(fmt::format("{}:{}: {}", sources[found.place.file].name, found.place.line,
				    found.text.substr(0, at)));
	if (at != found.text.npos)
		patient.hint(found.text.substr(at + kRun.size()));
}

} // namespace

bool look_at_configuration(Patient &patient, const std::string &path, Configuration &configuration)
{
	const int status = configuration.read(path);

	std::fflush(stdout);
	if (status != kOk || !configuration.report(true)) {
		patient.problem(path + " cannot be used: see above");
		return false;
	}
	patient.good(path + " has no mistakes");
	Diagnostics files;
	warn_of_files(configuration.document(), files);
	for (const Diagnostic &found : files.all())
		tell_of_file(patient, configuration.sources(), found);
	const char *fallback = find_setting("docroot")->fallback;
	if (!configuration.document().top.find("docroot") && !patient.machine.has(fallback))
		patient.good(
			fmt::format("{} does not exist, so the built-in page is served", fallback));
	return true;
}

} // namespace khttpdctl
