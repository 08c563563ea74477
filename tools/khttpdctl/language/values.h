// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The values of settings, as the words of the canonical form. */
#pragma once

#include <vector>

#include "language/settings.h"
#include "language/words.h"

namespace khttpdctl {

// Reads what stands on the line from `begin` on, behind the equals sign, in a section of the kind
// `scope`. False when that is a mistake, which is told.
bool read_value(const Setting &setting, unsigned scope, const Line &line, size_t begin,
		std::vector<Word> &words, Diagnostics &out);

} // namespace khttpdctl
