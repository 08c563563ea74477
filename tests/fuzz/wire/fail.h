// SPDX-License-Identifier: MIT OR GPL-2.0-only
// How a finding ends the program: libFuzzer then keeps the input.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace wire {

// The beginning of what came from a peer, fit for a terminal.
inline std::string shown(std::string_view text)
{
	std::string out;

	for (char c : text.substr(0, 300)) {
		char escaped[8];

		snprintf(escaped, sizeof(escaped), "\\x%02x", static_cast<unsigned char>(c));
		out += c >= 0x20 && c < 0x7f ? std::string(1, c) : c == '\n' ? "\\n" : escaped;
	}
	return out;
}

[[noreturn]] inline void fail(const char *what, std::string_view evidence = {})
{
	fprintf(stderr, "wire: FINDING: %s: %s\n", what, shown(evidence).c_str());
	abort();
}

inline void check(bool holds, const char *what, std::string_view evidence = {})
{
	if (!holds)
		fail(what, evidence);
}

} // namespace wire
