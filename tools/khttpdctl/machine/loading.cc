// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "machine/loading.h"

#include "failure.h"
#include "messages.h"

namespace khttpdctl {

Loading::~Loading()
{
	try {
		unload();
	} catch (const Failure &failure) {
		warn(failure.what());
	}
}

void Loading::load()
{
	try {
		module_.load();
	} catch (const Failure &) {
		warn_of_kernel(log_.lines());
		throw;
	}
	loaded_ = true;
}

void Loading::unload()
{
	if (!loaded_)
		return;
	loaded_ = false;
	module_.unload();
}

} // namespace khttpdctl
