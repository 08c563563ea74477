// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The canonical form, which is what the module reads: one setting a line, one spelling for each
 * value, no comments and no units.
 */
#pragma once

#include <string>
#include <vector>

#include "language/document.h"

namespace khttpdctl {

// Where a line of the canonical text comes from.
struct Origin {
	// Null for a section.
	const Setting *setting;
	Place place;
	std::vector<Word> words;
};

struct Canonical {
	std::string text;
	// One for each line.
	std::vector<Origin> lines;

	// The place of what a message about a line speaks of: the longest of the line's words that
	// stands in the message, else the line's beginning. Line 0 is the whole. A rule between
	// settings (NAME=...) is told with any line; it is about the first line that sets one.
	Place place_of(size_t line, std::string_view message) const;

private:
	const Origin &meant(size_t line, std::string_view message) const;
};

Canonical print_canonical(const Document &document);

// Reads the canonical form back. False when it is not in the one spelling, with the number of the
// line. Names and values are not looked at.
bool read_canonical(std::string_view text, std::vector<std::vector<std::string>> &lines,
		    size_t &wrong_line);

// The line of words that read_canonical() gives: a setting is its name and "=", a section "[".
std::string print_canonical_line(const std::vector<std::string> &line);

} // namespace khttpdctl
