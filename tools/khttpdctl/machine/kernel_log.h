// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the kernel's log says of the module from a moment on. */
#pragma once

#include <string>
#include <vector>

#include "machine/machine.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

class KernelLog {
public:
	// Lines that come from now on.
	explicit KernelLog(const Machine &machine);
	// The newest of them, five at most. None where the log may not be read.
	std::vector<std::string> lines();

private:
	UniqueFd fd_;
};

} // namespace khttpdctl
