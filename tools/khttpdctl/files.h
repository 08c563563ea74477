// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the files that a configuration names are like on this machine. */
#pragma once

#include "language/diagnostics.h"
#include "language/document.h"

namespace khttpdctl {

// Warns of document roots, index files and error pages that are not there, or that the user nobody,
// as whom files are opened, cannot read.
void warn_of_files(const Document &document, Diagnostics &out);

} // namespace khttpdctl
