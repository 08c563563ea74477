// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* A line of the language and the words in it. */
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "language/diagnostics.h"
#include "language/source.h"

namespace khttpdctl {

struct Word {
	std::string text;
	Place place;
	bool quoted = false;
};

// One line, without its end.
class Line {
public:
	Line(std::string_view text, unsigned file, unsigned number)
		: text_(text), file_(file), number_(number)
	{
	}
	std::string_view text() const { return text_; }
	unsigned file() const { return file_; }
	unsigned number() const { return number_; }
	Place at(size_t offset) const;
	// Where the first character other than a blank stands, from `begin` on; the line's size
	// when there is none.
	size_t skip_blanks(size_t begin) const;
	// Where the comment begins, from `begin` on: a # behind a blank, or at `begin`, and not in
	// double quotes; the line's size when there is none.
	size_t find_comment(size_t begin) const;

private:
	std::string_view text_;
	unsigned file_;
	unsigned number_;
};

// Takes the words from `begin` up to `end` apart. What is no word is a mistake, and false.
bool split_words(const Line &line, size_t begin, size_t end, std::vector<Word> &words,
		 Diagnostics &out);

// Tells of a character that no value can have. True when there is one.
bool has_control(const Line &line, size_t begin, size_t end, Diagnostics &out);

// The one spelling of a word in the canonical form: bare where that will do, else in double quotes.
std::string spell_word(std::string_view text);
// As a file of the language has it, where more goes into quotes.
std::string spell_in_file(std::string_view text);

} // namespace khttpdctl
