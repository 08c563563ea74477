// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/text/config_text.h"

#include "base/arena.h"

namespace khttpd {

namespace {

constexpr bool is_name_char(u8 c)
{
	return (c >= 'a' && c <= 'z') || c == '_' || is_digit(c);
}

// A letter that stands behind a backslash for this byte, or 0.
u8 escape_of(u8 c)
{
	return c == '\n' ? 'n' : c == '\t' ? 't' : c == '"' || c == '\\' ? c : 0;
}

int escaped(u8 letter)
{
	return letter == 'n'		       ? '\n' :
	       letter == 't'		       ? '\t' :
	       letter == '"' || letter == '\\' ? letter :
						 -1;
}

bool is_control(u8 c)
{
	return c < 0x20 || c == 0x7f;
}

// Reads words off a line.
class WordReader {
public:
	WordReader(Bytes text, std::span<u8> room, ConfigLine &line)
		: text_(text), room_(room), line_(line)
	{
	}

	// Reads all that is left, up to `end` if that is not 0, which is to be the last byte.
	bool read_all(u8 end)
	{
		do {
			if (line_.count == kMaxConfigWords)
				return fail("has more words than a line may have");
			Bytes &word = line_.words[line_.count];

			if (!(!text_.empty() && text_[0] == '"' ? read_quoted(word) :
								  read_bare(word, end)))
				return false;
			line_.count++;
		} while (take(' '));
		if (end && !take(end))
			return fail("does not end with ]");
		return text_.empty() || fail("has more than one space after a word");
	}

private:
	bool fail(const char *reason)
	{
		line_.reason = reason;
		return false;
	}
	bool take(u8 c)
	{
		if (text_.empty() || text_[0] != c)
			return false;
		text_ = text_.drop(1);
		return true;
	}
	bool read_bare(Bytes &word, u8 end)
	{
		usize size = text_.find(' ');

		// A section's last word ends before its bracket, which is the line's last byte.
		if (end && size == text_.size() && size && text_.back() == end)
			size--;
		word = text_.prefix(size);
		text_ = text_.drop(size);
		return is_bare_word(word) ||
		       fail(word.empty() ? "lacks a word, or has two spaces" :
					   "has a word that needs double quotes");
	}
	bool read_quoted(Bytes &word)
	{
		const u8 *begin = room_.room().data();
		usize size = 0;

		text_ = text_.drop(1);
		while (!text_.empty() && text_[0] != '"') {
			int c = text_[0];

			text_ = text_.drop(1);
			if (c == '\\') {
				c = text_.empty() ? -1 : escaped(text_[0]);
				text_ = text_.drop(1);
			} else if (is_control(static_cast<u8>(c))) {
				return fail("has a control character");
			}
			if (c < 0)
				return fail("has an escape other than \\\" \\\\ \\n \\t");
			room_.take(1)[0] = static_cast<u8>(c);
			size++;
		}
		word = Bytes(begin, size);
		if (!take('"'))
			return fail("has quotes that are not closed");
		return !is_bare_word(word) || fail("has quotes around a word that needs none");
	}

	Bytes text_;
	Arena room_;
	ConfigLine &line_;
};

// Reads `[NAME WORD...]`.
void read_section(Bytes text, std::span<u8> room, ConfigLine &line)
{
	const usize blank = text.find(' ');
	const Bytes name = text.prefix(blank).drop(1);
	const LineKind kind = name == "site"_b	   ? LineKind::site :
			      name == "location"_b ? LineKind::location :
						     LineKind::bad;

	if (kind == LineKind::bad || blank == text.size()) {
		line.reason = "is neither [site NAME] nor [location PATTERN]";
		return;
	}
	if (WordReader(text.drop(blank + 1), room, line).read_all(']'))
		line.kind = kind;
}

} // namespace

Bytes next_line(Bytes &text)
{
	const Bytes line = text.prefix(text.find('\n'));

	text = text.drop(line.size() + 1);
	return line;
}

void read_config_line(Bytes text, std::span<u8> room, ConfigLine &line)
{
	const Bytes between = " = "_b;
	usize size = 0;

	line.kind = LineKind::bad;
	line.count = 0;
	line.name = Bytes();
	line.reason = nullptr;
	if (!text.empty() && text[0] == '[') {
		read_section(text, room, line);
		return;
	}
	while (size < text.size() && is_name_char(text[size]))
		size++;
	line.name = text.prefix(size);
	if (size == 0 || !text.drop(size).starts_with(between)) {
		line.reason = "is not NAME = VALUE";
		return;
	}
	if (WordReader(text.drop(size + between.size()), room, line).read_all(0))
		line.kind = LineKind::setting;
}

bool is_bare_word(Bytes word)
{
	if (word.empty() || word[0] == '#' || word[0] == '[')
		return false;
	for (u8 c : word) {
		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
			return false;
	}
	return true;
}

Bytes take_word(Bytes &text)
{
	const Bytes word = text.prefix(text.find(' '));

	text = text.drop(word.size() + 1);
	return word;
}

void write_config_word(Bytes word, TextWriter &out)
{
	const bool quoted = !is_bare_word(word);

	if (quoted)
		out.put('"');
	for (u8 c : word) {
		const u8 letter = escape_of(c);

		if (letter)
			out.put('\\');
		out.put(static_cast<char>(letter ? letter : c));
	}
	if (quoted)
		out.put('"');
}

} // namespace khttpd
