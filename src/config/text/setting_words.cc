// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/text/setting_words.h"

#include "base/checked.h"
#include "http/target.h"

namespace khttpd {

namespace {

// Finds the place behind the quote that closes the text beginning at 0, or the size if none does.
usize quoted_size(Bytes text)
{
	usize i = 1;

	while (i < text.size() && text[i] != '\'')
		i += text[i] == '\\' ? 2 : 1;
	return i < text.size() ? i + 1 : text.size();
}

int escaped_char(u8 c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 't':
		return '\t';
	case 'q':
		return '"';
	case '\'':
	case '\\':
		return c;
	default:
		return -1;
	}
}

} // namespace

Bytes next_word(Bytes &text)
{
	while (!text.empty() && text[0] == ' ')
		text = text.drop(1);
	usize size = !text.empty() && text[0] == '\'' ? quoted_size(text) : 0;
	size += text.drop(size).find(' ');
	Bytes word = text.prefix(size);
	text = text.drop(size);
	return word;
}

bool unquote(Bytes word, std::span<u8> out, usize &size)
{
	size = 0;
	if (word.size() > out.size() || word.size() < 2 || word[0] != '\'' ||
	    quoted_size(word) != word.size() || word.back() != '\'')
		return false;
	word = word.sub(1, word.size() - 2);
	for (usize i = 0; i < word.size(); i++) {
		int c = word[i];

		if (c == '\\') {
			// The last quote is not an escaped one, as it closes the text.
			c = ++i < word.size() ? escaped_char(word[i]) : -1;
			if (c < 0)
				return false;
		}
		out[size++] = static_cast<u8>(c);
	}
	return true;
}

bool read_decimal(Bytes text, u64 &value)
{
	value = 0;
	for (u8 c : text) {
		if (!is_digit(c) || !push_digit(value, c))
			return false;
	}
	return !text.empty();
}

Bytes read_file_name(Bytes word, std::span<u8> room, const char *&reason)
{
	NormalizedPath path = normalize_path(word, room);

	reason = nullptr;
	if (word.empty() || word[0] != '/')
		reason = " does not begin with /";
	else if (path.status != Status::none || path.directory)
		reason = " cannot be the name of a file";
	else if (path.hidden)
		reason = " is hidden: a name in it begins with a dot";
	return reason ? Bytes() : path.path;
}

} // namespace khttpd
