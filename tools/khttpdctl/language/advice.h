// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What is written as other servers, or earlier versions, have it: told by what to write here. All
 * of it would be refused anyway.
 */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "language/settings.h"
#include "language/words.h"

namespace khttpdctl {

// What to write in place of a name that is no setting, as the end of a message.
std::string advice_on_name(std::string_view name);
// The same for a section.
std::string advice_on_section(std::string_view name);
// What is wrong with a line that is no setting at all.
std::string advice_on_line(std::string_view text);

// Tells of names of a site that were meant otherwise. False for what is no name.
bool advise_on_hosts(const std::vector<Word> &words, Diagnostics &out);
// Tells of words that were meant otherwise, and returns false.
bool advise_on_words(const Setting &setting, const std::vector<Word> &words, Diagnostics &out);
// Tells of commas where blanks separate. `possible`: one may belong to a word.
bool advise_on_commas(const std::vector<Word> &words, bool possible, Diagnostics &out);
// The same for a text of earlier versions, which begins at `begin`; on and off become the codings
// that they mean.
bool advise_on_text(const Setting &setting, const Line &line, size_t begin, Word &word,
		    Diagnostics &out);

} // namespace khttpdctl
