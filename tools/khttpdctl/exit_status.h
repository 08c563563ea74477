// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How khttpdctl(8) ends; those of sysexits.h where it has one. */
#pragma once

namespace khttpdctl {

inline constexpr int kOk = 0;
// doctor has found something, health has no answer, or only a restart changes what is loaded.
inline constexpr int kFound = 1;
inline constexpr int kNotRunning = 3;
inline constexpr int kUsageError = 64;
inline constexpr int kNoInput = 66;
inline constexpr int kUnavailable = 69;
inline constexpr int kOsError = 71;
inline constexpr int kTemporary = 75;
inline constexpr int kNoPermission = 77;
inline constexpr int kBadConfig = 78;

} // namespace khttpdctl
