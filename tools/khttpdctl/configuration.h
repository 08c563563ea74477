// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A configuration with the files that it is read from. */
#pragma once

#include <string>

#include "language/canonical.h"
#include "language/diagnostics.h"
#include "language/document.h"

namespace khttpdctl {

class Configuration {
public:
	// Reads the file, and FILE.d/*.conf in the order of their names, and has it judged.
	// Mistakes are among the diagnostics. When a file cannot be read that is told, and the
	// status to exit with is not 0.
	int read(const std::string &path);

	// The same of what is in force, as the module prints it. What this tool does not know of it
	// is left out.
	void read_in_force(const std::string &text);

	const Sources &sources() const { return sources_; }
	const Document &document() const { return document_; }
	const Canonical &canonical() const { return canonical_; }
	Diagnostics &diagnostics() { return diagnostics_; }
	// Prints what was found on standard error. Whether there is no mistake.
	bool report(bool warnings) const;

private:
	int read_file(const std::string &path);
	int read_folder(const std::string &path);

	Sources sources_;
	Document document_;
	Canonical canonical_;
	Diagnostics diagnostics_;
};

} // namespace khttpdctl
