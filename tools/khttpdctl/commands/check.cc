// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl check: whether the configuration is good. */
#include <fmt/format.h>

#include "commands.h"
#include "configuration.h"
#include "exit_status.h"
#include "files.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

size_t locations_of(const Document &document)
{
	size_t count = document.top.locations.size();

	for (const Section &site : document.sites)
		count += site.locations.size();
	return count;
}

// The end of a sentence: what there is besides settings.
std::string counted(size_t count, const char *one)
{
	return count ? fmt::format(", {} {}{}", count, one, count == 1 ? "" : "s") : "";
}

} // namespace

int run_check(const Options &options)
{
	Configuration configuration;
	const int status = configuration.read(options.conf);

	if (status != kOk)
		return status;
	const Document &document = configuration.document();
	if (configuration.diagnostics().errors() == 0)
		warn_of_files(document, configuration.diagnostics());
	if (!configuration.report(!options.quiet))
		return kBadConfig;
	if (!options.quiet)
		fmt::print("khttpdctl: {} is good: {} settings, {} of them set{}{}\n",
			   printable(source_name(options.conf)), all_settings().size(),
			   document.top.entries.size(), counted(document.sites.size(), "site"),
			   counted(locations_of(document), "location"));
	return kOk;
}

} // namespace khttpdctl
