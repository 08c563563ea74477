// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>

#include "base/bytes.h"

namespace khttpd {

// The length of an IMF-fixdate: "Sun, 06 Nov 1994 08:49:37 GMT".
inline constexpr usize kHttpDateSize = 29;

// Any date, to keep a place in a head for the one that comes when the head is sent.
inline constexpr Bytes kAnyHttpDate = "Thu, 01 Jan 1970 00:00:00 GMT"_b;

// Writes an IMF-fixdate (RFC 9110 section 5.6.7). Years beyond 9999 are written as the last second
// of 9999.
void format_http_date(u64 unix_seconds, u8 out[kHttpDateSize]);

// Reads any of the three formats of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850 (whose two-digit
// year is the latest one that makes a date not more than 50 years after `now`), asctime. Unix
// seconds, negative before 1970. Nothing for a date that is malformed, does not exist or has the
// wrong day of the week.
std::optional<i64> parse_http_date(Bytes text, u64 now);

} // namespace khttpd
