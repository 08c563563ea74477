// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Other programs of the machine, such as modprobe. */
#pragma once

#include <string>
#include <vector>

namespace khttpdctl {

struct Finished {
	// That of the program; 127 when there is none of the name, 128 and more after a signal.
	int status;
	// Without the line end behind it.
	std::string text;
};

// Looks in the folders of system programs as well, from here on, and has programs speak English.
void prepare_for_programs();

// Runs the program and waits for it: what it prints on standard output, and with `errors` on
// standard error. Its standard input is `input`, else empty.
Finished run_program(const std::vector<std::string> &words, bool errors = false, int input = -1);

bool has_program(const std::string &name);

} // namespace khttpdctl
