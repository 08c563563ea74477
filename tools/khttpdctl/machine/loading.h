// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The module loaded for what one command does, and unloaded again unless that went well. */
#pragma once

#include "machine/kernel_log.h"
#include "machine/module.h"

namespace khttpdctl {

class Loading {
public:
	Loading(const Machine &machine, KernelLog &log) : module_(machine), log_(log) {}
	Loading(const Loading &) = delete;
	~Loading();

	// Fails after the kernel's lines were printed.
	void load();
	bool loaded() const { return loaded_; }
	void keep() { loaded_ = false; }
	// Fails when it stays loaded.
	void unload();

private:
	Module module_;
	KernelLog &log_;
	bool loaded_ = false;
};

} // namespace khttpdctl
