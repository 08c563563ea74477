// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* How words are shown in messages, and which known one a wrong one is near to. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace khttpdctl {

bool is_blank(char c);
// Whether there are digits, and nothing else.
bool is_digits(std::string_view text);
// Where the first byte stands that is not UTF-8; npos when all are.
size_t find_other_byte(std::string_view text);
// The text without blanks, line ends among them, at its ends.
std::string_view trim(std::string_view text);
// With the letters of ASCII in lower case.
std::string lower(std::string_view text);
// Without control characters, which a terminal would obey: they become \xhh.
std::string printable(std::string_view text);
// As printable(), and cut where it is long.
std::string shown(std::string_view text);
// The candidate that the word was most likely meant to be, or nothing.
std::string nearest(std::string_view word, const std::vector<std::string> &candidates);
// "; did you mean X?", or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string> &candidates);

} // namespace khttpdctl
