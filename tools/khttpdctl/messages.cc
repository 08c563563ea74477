// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "messages.h"

#include <algorithm>

#include <fmt/format.h>

#include "language/spelling.h"

namespace khttpdctl {

void note(bool quiet, const std::string &text)
{
	if (!quiet)
		fmt::print("khttpdctl: {}\n", printable(text));
}

void warn(const std::string &text)
{
	for (size_t begin = 0; begin < text.size();) {
		const size_t end = std::min(text.find('\n', begin), text.size());

		fmt::print(stderr, "khttpdctl: {}\n", printable(text.substr(begin, end - begin)));
		begin = end + 1;
	}
}

void print_kernel(const std::vector<std::string> &lines)
{
	for (const std::string &line : lines)
		fmt::print("kernel: {}\n", printable(line));
}

void warn_of_kernel(const std::vector<std::string> &lines)
{
	for (const std::string &line : lines)
		fmt::print(stderr, "kernel: {}\n", printable(line));
}

} // namespace khttpdctl
