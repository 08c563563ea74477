// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * /proc/net/khttpd/server: what is written to one open file and ends in a line `commit` starts or
 * changes the server of this network namespace. In every namespace but the first it ends when the
 * file that started it is closed.
 */
#pragma once

#include <string>

#include "machine/machine.h"
#include "machine/unique_fd.h"

namespace khttpdctl {

class ServerFile {
public:
	// Fails when it cannot be opened.
	explicit ServerFile(const Machine &machine);
	// 0, or the errno of the refusal, and nothing has changed.
	int commit(const std::string &canonical);
	// Of the last commit: a line `NUMBER: TEXT` for each. The number is that of a line of the
	// text, or 0.
	std::string mistakes();

private:
	UniqueFd fd_;
};

} // namespace khttpdctl
