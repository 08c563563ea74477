// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Numbers with units, and switches. */
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "language/settings.h"

namespace khttpdctl {

// Reads the text as the setting's number, in its base unit. Else false, and `problem` says what is
// wrong and what to write.
bool read_number(const Setting &setting, std::string_view text, uint64_t &value,
		 std::string &problem);

// Reads on, yes, true, y, 1 and their opposites, in any case.
bool read_boolean(const Setting &setting, std::string_view text, bool &value, std::string &problem);

} // namespace khttpdctl
