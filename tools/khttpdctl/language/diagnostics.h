// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Mistakes and warnings, each of which has a place: FILE:LINE:COLUMN: error: TEXT. */
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "language/source.h"

namespace khttpdctl {

enum class Severity { error, warning };

struct Diagnostic {
	Place place;
	Severity severity;
	std::string text;
};

class Diagnostics {
public:
	void error(Place place, std::string text);
	void warning(Place place, std::string text);
	size_t errors() const { return errors_; }
	const std::vector<Diagnostic> &all() const { return all_; }
	// In the order of files, lines and columns. Without `warnings` errors alone.
	void print(std::FILE *out, const Sources &sources, bool warnings) const;

private:
	std::vector<Diagnostic> all_;
	size_t errors_ = 0;
};

// One line in the same form about a file of which no line is known.
void print_problem(std::FILE *out, const std::string &name, const std::string &text);

} // namespace khttpdctl
