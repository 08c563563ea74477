// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What the reader knows of each setting: how its value is written and where it may stand. What a
 * value may be beyond that is the builder's to say.
 */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace khttpdctl {

enum class Kind {
	number,
	boolean,
	// The rest of the line is one word. These are the texts of earlier versions.
	text,
	// Words with blanks between them.
	words,
};

// What comes of a name that is given again in the same section.
enum class Again {
	mistake,
	// One more line of the canonical text.
	line,
	// More words for the same line.
	words,
	// One text of several, with commas between them.
	commas,
};

// Where a setting may stand, as bits.
inline constexpr unsigned kTop = 1;
inline constexpr unsigned kSite = 2;
inline constexpr unsigned kLocation = 4;
inline constexpr unsigned kAnywhere = kTop | kSite | kLocation;

struct Setting {
	std::string name;
	Kind kind;
	// Of a number: its range and what it counts.
	uint64_t low;
	uint64_t high;
	std::string unit;
	// In the canonical spelling of its value; null when there is none.
	const char *fallback;
	Again again;
	unsigned scopes;
	// How it is written, for messages.
	std::string form;
};

// In the order in which they are shown.
const std::vector<Setting> &all_settings();
// Null when there is none of this name.
const Setting *find_setting(std::string_view name);
const std::vector<std::string> &setting_names();

} // namespace khttpdctl
