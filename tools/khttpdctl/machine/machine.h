// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The machine that is looked at: this one, or for tests a folder that has what it would have. */
#pragma once

#include <string>

namespace khttpdctl {

class Machine {
public:
	// An empty root is this machine.
	explicit Machine(std::string root) : root_(std::move(root)) {}

	std::string path(const std::string &absolute) const { return root_ + absolute; }
	bool is_this() const { return root_.empty(); }
	bool has(const std::string &absolute) const;
	// The file's text without the line end behind it; empty when it cannot be read.
	std::string text_of(const std::string &absolute) const;
	// Fails when the user is not root.
	void need_root(const std::string &command) const;
	// The kernel that runs, as uname -r has it.
	std::string release() const;
	// Whether the network namespace is the kernel's first, as far as can be seen.
	bool in_first_namespace() const;

private:
	std::string root_;
};

} // namespace khttpdctl
