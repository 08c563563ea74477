// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Work that root has somebody else do. */
#pragma once

#include <functional>
#include <string>

#include <sys/types.h>

namespace khttpdctl {

// Does it in a process of its own with the rights of that user, or here when the user is not root.
// Its text; fails as it does.
std::string as_user(uid_t user, gid_t group, const std::function<std::string()> &work);

} // namespace khttpdctl
