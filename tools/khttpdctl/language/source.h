// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The files that a configuration is read from, and places in them. */
#pragma once

#include <deque>
#include <string>
#include <string_view>

namespace khttpdctl {

// Lines and columns count from 1, columns in characters of UTF-8. Line 0 is no place at all.
struct Place {
	unsigned file = 0;
	unsigned line = 0;
	unsigned column = 0;
};

struct Source {
	// As it stands in front of messages.
	std::string name;
	std::string text;
};

// References to sources stay valid as more are added.
class Sources {
public:
	unsigned add(Source source)
	{
		all_.push_back(std::move(source));
		return static_cast<unsigned>(all_.size() - 1);
	}
	const Source &operator[](unsigned file) const { return all_[file]; }
	bool empty() const { return all_.empty(); }

private:
	std::deque<Source> all_;
};

// Reads all of a file, or of standard input when the path is "-". Sets `problem`, which tells what
// is wrong and what to do, and returns false when that fails.
bool read_source(const std::string &path, Source &source, std::string &problem);

// The name that messages give to a path.
std::string source_name(const std::string &path);

} // namespace khttpdctl
