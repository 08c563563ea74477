// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A line of the access log, taken apart. */
#pragma once

#include <string>

namespace khttpdctl {

// As one JSON object, without a line end: null for what is a dash, time as RFC 3339 has it. A line
// that is not in the Combined Log Format is the value of "line".
std::string json_of_log_line(const std::string &line);

} // namespace khttpdctl
