// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the server may send as content: the files of a folder that is a copy of its document root.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fail.h"

namespace wire {

class Site {
public:
	explicit Site(const char *folder)
	{
		check(folder != nullptr, "KH_WIRE_SITE names no folder");
		for (const auto &entry : std::filesystem::recursive_directory_iterator(folder)) {
			if (entry.is_regular_file())
				contents_.push_back(text_of(entry.path()));
		}
		page = text_of(std::filesystem::path(folder) / "page.txt");
	}

	// Whether it is what some file has from `first` on, where that file has `size` bytes.
	bool has(std::string_view part, size_t first, size_t size) const
	{
		for (const std::string &content : contents_) {
			if (content.size() == size && first <= size &&
			    std::string_view(content).substr(first, part.size()) == part)
				return true;
		}
		return false;
	}
	bool has(std::string_view content) const { return has(content, 0, content.size()); }

	std::string page;

private:
	std::vector<std::string> contents_;

	static std::string text_of(const std::filesystem::path &path)
	{
		std::ifstream file(path, std::ios::binary);

		return {std::istreambuf_iterator<char>(file), {}};
	}
};

} // namespace wire
