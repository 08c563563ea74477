// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A configuration as it was written: sections with their settings, each with its place. */
#pragma once

#include <list>
#include <vector>

#include "language/settings.h"
#include "language/words.h"

namespace khttpdctl {

// A setting as it was given. The words are in their canonical form: a number in its base unit.
struct Entry {
	const Setting *setting = nullptr;
	Place place;
	std::vector<Word> words;
};

// The top, a site or a location. References stay valid as sections are added.
struct Section {
	unsigned kind = kTop;
	Place place;
	// The names of a site, or the pattern of a location.
	std::vector<Word> words;
	std::vector<Entry> entries;
	std::list<Section> locations;

	const Entry *find(std::string_view name) const
	{
		for (const Entry &entry : entries) {
			if (entry.setting->name == name)
				return &entry;
		}
		return nullptr;
	}
};

struct Document {
	Section top;
	std::list<Section> sites;
};

} // namespace khttpdctl
