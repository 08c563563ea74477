// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How khttpdctl(8) ends; those of sysexits.h where it has one. */
#pragma once

namespace khttpdctl {

inline constexpr int kOk = 0;
inline constexpr int kUsageError = 64;
inline constexpr int kNoInput = 66;
inline constexpr int kOsError = 71;
inline constexpr int kBadConfig = 78;

} // namespace khttpdctl
