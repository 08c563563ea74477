// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// What a reply's Connection field has to say (RFC 9112 sections 9.3 and 9.6).
enum class ConnectionOption : u8 {
	none,
	close,
	keep_alive,
};

// The field with its CRLF, or nothing.
constexpr Bytes connection_field(ConnectionOption option)
{
	switch (option) {
	case ConnectionOption::close:
		return "Connection: close\r\n"_b;
	case ConnectionOption::keep_alive:
		return "Connection: keep-alive\r\n"_b;
	case ConnectionOption::none:
		break;
	}
	return Bytes();
}

inline constexpr usize kMaxConnectionField = connection_field(ConnectionOption::keep_alive).size();

} // namespace khttpd
