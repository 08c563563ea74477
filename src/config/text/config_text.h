// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The canonical form of a configuration, which is all that the module reads:
 *
 *	NAME = WORD WORD...	a setting
 *	[site WORD...]		what follows is for these hosts
 *	[location WORD...]	what follows is for these paths
 *
 * One line each, ended by a newline; one blank between words, and no comments. A word stands in
 * double quotes where it is empty, begins with # or [, or has a blank, a quote, a backslash or a
 * control character in it; there \" \\ \n \t are escapes. Any other spelling is refused, so that a
 * text that is read and written again is the same. Pure.
 */
#pragma once

#include <span>

#include "base/bytes.h"
#include "base/text_writer.h"

namespace khttpd {

// What a line is.
enum class LineKind : u8 {
	setting,
	site,
	location,
	bad,
};

inline constexpr usize kMaxConfigWords = 128;

struct ConfigLine {
	LineKind kind = LineKind::bad;
	Bytes name;
	// The words' values, those of quoted ones in the room that was lent.
	Bytes words[kMaxConfigWords];
	usize count = 0;
	// What is wrong with a bad line.
	const char *reason = nullptr;

	std::span<const Bytes> values() const { return {words, count}; }
};

// Takes the next line off the text, without its newline. The last one may lack it.
Bytes next_line(Bytes &text);

// Reads a line. `room` takes the values of quoted words: as many bytes as the line has. It is
// borrowed by `line`, as is the text.
void read_config_line(Bytes text, std::span<u8> room, ConfigLine &line);

// Whether a line has the word without quotes.
bool is_bare_word(Bytes word);

// Takes what stands before the first blank off the text, and the blank.
Bytes take_word(Bytes &text);

// Writes a word as a line has it. It has no other control character than newline and tab.
void write_config_word(Bytes word, TextWriter &out);

} // namespace khttpd
