// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Reads the language of khttpd.conf(5). */
#pragma once

#include "language/diagnostics.h"
#include "language/document.h"

namespace khttpdctl {

// Adds what a file says to the document. Each file begins at the top, whatever section the one
// before it ended in. Mistakes do not end the reading.
void read_language(const Sources &sources, unsigned file, Document &document, Diagnostics &out);

} // namespace khttpdctl
