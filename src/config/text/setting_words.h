// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Reads the words of a parameter's text, and the paths and numbers among them. Pure. */
#pragma once

#include <span>

#include "base/bytes.h"

namespace khttpd {

// Takes the next word off the text; empty at its end. Blanks separate words, but not between single
// quotes, where a backslash takes a quote's meaning.
Bytes next_word(Bytes &text);

// Writes the text between the quotes of a word to `out`: \n is a newline, \t a tab, \q a double
// quote, and \' and \\ are themselves. Sets `size` to the bytes written. False when the word is not
// one quoted text, has another escape or is longer than `out`.
bool unquote(Bytes word, std::span<u8> out, usize &size);

// Reads the text as a decimal number. False when it is empty, has another character than a digit,
// or when the number has more than 64 bits.
bool read_decimal(Bytes text, u64 &value);

// Reads the name of a file below the document root, which is written like a request's path. It is
// decoded into `room`, with a NUL behind it, as it is looked up. Empty, with the reason, when no
// request can name such a file either; `reason` is null otherwise.
Bytes read_file_name(Bytes word, std::span<u8> room, const char *&reason);

} // namespace khttpd
