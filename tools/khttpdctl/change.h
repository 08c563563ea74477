// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A configuration that is put into force: what start, reload and run share. */
#pragma once

#include <string>

#include "configuration.h"
#include "machine/kernel_log.h"
#include "machine/server_file.h"

namespace khttpdctl {

// Reads the configuration and tells what is wrong with it; the status to exit with.
int read_good(Configuration &configuration, const std::string &path, bool quiet);

// Puts it into force. A refusal changes nothing; its reasons are told, with their places in the
// files, and the status is kBadConfig when there are such places, kNoPermission or kOsError.
int put_into_force(ServerFile &file, Configuration &configuration, KernelLog &log);

} // namespace khttpdctl
