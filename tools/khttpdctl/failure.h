// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What ends a command: main() prints the text on standard error and exits with the status. */
#pragma once

#include <stdexcept>
#include <string>

namespace khttpdctl {

class Failure : public std::runtime_error {
public:
	Failure(int status, const std::string &text) : std::runtime_error(text), status_(status) {}
	int status() const { return status_; }

private:
	int status_;
};

} // namespace khttpdctl
