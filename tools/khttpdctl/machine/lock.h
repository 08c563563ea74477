// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* One at a time loads and unloads the module. */
#pragma once

#include "machine/machine.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

class Lock {
public:
	// Waits for whoever has it, a minute at most. Fails when it cannot be had.
	explicit Lock(const Machine &machine);

private:
	UniqueFd fd_;
};

} // namespace khttpdctl
