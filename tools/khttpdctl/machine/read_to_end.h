// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* All that an open file still has to give. */
#pragma once

#include <string>

namespace khttpdctl {

// Reads until the end or an error, and begins no read once there are `most` bytes.
std::string read_to_end(int fd, size_t most = std::string::npos);

} // namespace khttpdctl
