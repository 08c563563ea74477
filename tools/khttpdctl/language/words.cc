// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/words.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/text/config_text.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

bool is_control(char c)
{
	const unsigned char byte = static_cast<unsigned char>(c);

	return byte < 0x20 || byte == 0x7f;
}

bool is_bare(std::string_view text)
{
	if (text.empty() || text[0] == '#' || text[0] == '[')
		return false;
	for (char c : text) {
		if (is_control(c) || c == ' ' || c == '"' || c == '\\')
			return false;
	}
	return true;
}

std::string quoted(std::string_view text)
{
	std::string out = "\"";

	for (char c : text) {
		if (c == '"' || c == '\\' || c == '\n' || c == '\t')
			out += '\\';
		out += c == '\n' ? 'n' : c == '\t' ? 't' : c;
	}
	return out + '"';
}

// Of a character in UTF-8: the others follow it.
bool is_first_byte(char c)
{
	return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// Takes one word off the line at a time.
class WordReader {
public:
	WordReader(const Line &line, size_t begin, size_t end, Diagnostics &out)
		: line_(line), text_(line.text().substr(0, end)), at_(begin), out_(out)
	{
	}

	bool next(Word &word)
	{
		while (at_ < text_.size() && is_blank(text_[at_]))
			at_++;
		if (at_ >= text_.size())
			return false;
		for (; counted_ < at_; counted_++)
			column_ += is_first_byte(text_[counted_]);
		word = {"", {line_.file(), line_.number(), column_}, text_[at_] == '"'};
		good_ = (word.quoted ? take_quoted(word) : take_bare(word)) && good_;
		return true;
	}
	bool good() const { return good_; }

private:
	bool fail(size_t at, std::string text)
	{
		out_.error(line_.at(at), std::move(text));
		return false;
	}

	size_t end_of_run() const
	{
		return std::min(text_.find_first_of(" \t", at_), text_.size());
	}

	bool take_quoted(Word &word)
	{
		const size_t begin = at_++;

		while (at_ < text_.size() && text_[at_] != '"') {
			if (text_[at_] != '\\') {
				word.text += text_[at_++];
			} else if (!take_escape(word)) {
				at_ = text_.size();
				return false;
			}
		}
		if (at_ >= text_.size())
			return fail(begin, "the double quote is not closed; add one after the "
					   "text, and write \\\" for one within it");
		if (++at_ < text_.size() && !is_blank(text_[at_])) {
			const size_t behind = at_;

			at_ = end_of_run();
			return fail(
				behind,
				fmt::format(
					"{} directly follows a double quote; put a space before "
					"it, or write \\\" for a double quote within the text",
					shown(text_.substr(behind, at_ - behind))));
		}
		return true;
	}

	bool take_escape(Word &word)
	{
		static constexpr std::string_view kNames = "\"\\nt";
		static constexpr std::string_view kValues = "\"\\\n\t";
		const size_t which = at_ + 1 < text_.size() ? kNames.find(text_[at_ + 1]) :
							      kNames.npos;

		if (which == kNames.npos)
			return fail(at_, fmt::format("{} is not an escape; the escapes are \\\" "
						     "\\\\ \\n and \\t; write \\\\ for a backslash",
						     shown(text_.substr(at_, 2))));
		word.text += kValues[which];
		at_ += 2;
		return true;
	}

	bool take_bare(Word &word)
	{
		const size_t begin = at_;

		at_ = end_of_run();
		word.text = text_.substr(begin, at_ - begin);
		if (word.text[0] == '\'')
			return fail(begin,
				    "a text is enclosed in double quotes, not in single ones; put "
				    "single quotes that belong to it inside the double quotes");
		const size_t odd = word.text.find_first_of("\"\\");
		if (odd == word.text.npos)
			return true;
		return fail(begin + odd,
			    fmt::format("a {} within a word; put all of it in double quotes: {}",
					word.text[odd] == '"' ? "double quote" : "backslash",
					shown(spell_word(word.text))));
	}

	const Line &line_;
	std::string_view text_;
	size_t at_;
	// Of the byte that columns were counted to.
	size_t counted_ = 0;
	unsigned column_ = 1;
	Diagnostics &out_;
	bool good_ = true;
};

} // namespace

Place Line::at(size_t offset) const
{
	unsigned column = 1;

	for (size_t i = 0; i < offset && i < text_.size(); i++)
		column += is_first_byte(text_[i]);
	return {file_, number_, column};
}

size_t Line::skip_blanks(size_t begin) const
{
	while (begin < text_.size() && is_blank(text_[begin]))
		begin++;
	return begin;
}

size_t Line::find_comment(size_t begin) const
{
	bool quoted = false;

	for (size_t i = begin; i < text_.size(); i++) {
		const bool first = i == begin || is_blank(text_[i - 1]);

		if (quoted && text_[i] == '\\')
			i++;
		else if (text_[i] == '"' && (quoted || first))
			quoted = !quoted;
		else if (text_[i] == '#' && !quoted && first)
			return i;
	}
	return text_.size();
}

bool split_words(const Line &line, size_t begin, size_t end, std::vector<Word> &words,
		 Diagnostics &out)
{
	WordReader reader(line, begin, end, out);
	Word word;

	if (has_control(line, begin, end, out))
		return false;
	while (reader.next(word)) {
		if (words.size() == khttpd::kMaxConfigWords) {
			out.error(word.place, fmt::format("a line can have {} words; start another "
							  "one with the same name",
							  khttpd::kMaxConfigWords));
			return false;
		}
		words.push_back(word);
	}
	return reader.good();
}

bool has_control(const Line &line, size_t begin, size_t end, Diagnostics &out)
{
	for (size_t i = begin; i < end && i < line.text().size(); i++) {
		const char c = line.text()[i];

		if (c == '\t' || !is_control(c))
			continue;
		out.error(line.at(i),
			  fmt::format("control character {}; {}", printable({&c, 1}),
				      c == '\r' ? "lines end with a newline" : "remove it"));
		return true;
	}
	return false;
}

std::string spell_word(std::string_view text)
{
	return is_bare(text) ? std::string(text) : quoted(text);
}

std::string spell_in_file(std::string_view text)
{
	const bool odd = !text.empty() &&
			 (text[0] == '\'' || text.back() == ';' || text.find(',') != text.npos);

	return odd ? quoted(text) : spell_word(text);
}

} // namespace khttpdctl
