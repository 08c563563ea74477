// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Lines about what is done, on standard output, and about what is wrong, on standard error. */
#pragma once

#include <string>
#include <vector>

namespace khttpdctl {

void note(bool quiet, const std::string &text);
// Each line of it.
void warn(const std::string &text);
// What the kernel's log says of it.
void print_kernel(const std::vector<std::string> &lines);
void warn_of_kernel(const std::vector<std::string> &lines);

} // namespace khttpdctl
