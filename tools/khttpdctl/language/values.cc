// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/values.h"

#include <fmt/format.h>

#include "language/advice.h"
#include "language/numbers.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

// Reads a text in double quotes as earlier versions had it: no escapes, no double quote inside. A
// comment may follow.
bool read_quoted(const Line &line, size_t begin, Word &word, Diagnostics &out)
{
	const size_t close = line.text().find('"', begin + 1);

	if (close == std::string_view::npos) {
		out.error(line.at(begin), "the double quote is not closed; add one after the text, "
					  "or remove this one");
		return false;
	}
	const std::string_view behind = line.text().substr(close + 1);
	const std::string_view rest = trim(behind);
	if (!rest.empty() && (rest[0] != '#' || behind[0] == '#')) {
		out.error(line.at(line.skip_blanks(close + 1)),
			  "the text ends at its second double quote; do not enclose a text that "
			  "contains double quotes");
		return false;
	}
	word.text = line.text().substr(begin + 1, close - begin - 1);
	word.quoted = true;
	return true;
}

void warn_of_text(const Setting &setting, const Line &line, size_t begin, std::string_view text,
		  Diagnostics &out)
{
	const size_t comment = line.text().substr(0, begin + text.size()).find(" #", begin - 1);

	// A route's text may have one in its own quotes.
	if (comment != std::string_view::npos && setting.name != "routes")
		out.warning(line.at(comment + 1),
			    fmt::format("# is part of the text of {}: write a comment on its own "
					"line, or after a text in double quotes; if # belongs to "
					"the text, put the whole text in double quotes",
					setting.name));
	if (text.size() > 1 && text.front() == '\'' && text.back() == '\'')
		out.warning(line.at(begin), fmt::format("the single quotes are part of the text of "
							"{}; remove them, or write double quotes",
							setting.name));
}

// Reads a text of earlier versions: the rest of the line.
bool read_text(const Setting &setting, const Line &line, size_t begin, Word &word, Diagnostics &out)
{
	const std::string_view text = trim(line.text().substr(begin));
	const size_t tab = text.find('\t');

	if (text.empty())
		return true;
	if (text[0] == '"')
		return read_quoted(line, begin, word, out);
	if (tab != text.npos) {
		out.error(line.at(begin + tab),
			  fmt::format("a tab in the text of {}; write a space", setting.name));
		return false;
	}
	word.text = text;
	warn_of_text(setting, line, begin, text, out);
	return true;
}

// Reads the one word of a number or a switch, up to a comment.
bool read_single(const Setting &setting, const Line &line, size_t begin, Word &word,
		 Diagnostics &out)
{
	if (begin < line.text().size() && line.text()[begin] == '"')
		return read_quoted(line, begin, word, out);
	word.text = trim(line.text().substr(begin, line.find_comment(begin) - begin));
	const size_t hash = word.text.find('#');
	if (hash == word.text.npos)
		return true;
	out.error(line.at(begin + hash),
		  fmt::format("a space must precede a comment after a value; write {} = {} {}",
			      setting.name, shown(word.text.substr(0, hash)),
			      shown(word.text.substr(hash))));
	return false;
}

bool read_counted(const Setting &setting, const Line &line, size_t begin, Word &word,
		  Diagnostics &out)
{
	std::string problem;
	std::string joined;
	uint64_t number = 0;
	bool on = false;
	const bool switched = setting.kind == Kind::boolean;

	if (!read_single(setting, line, begin, word, out))
		return false;
	if (switched ? read_boolean(setting, word.text, on, problem) :
		       read_number(setting, word.text, number, problem)) {
		word.text = switched ? (on ? "1" : "0") : std::to_string(number);
		return true;
	}
	for (char c : word.text) {
		if (!is_blank(c))
			joined += c;
	}
	std::string other;
	if (joined != word.text && !switched &&
	    joined.find_first_not_of("0123456789") != joined.npos &&
	    read_number(setting, joined, number, other))
		problem = fmt::format("{}={} is not a number; write {}, without a space",
				      setting.name, shown(word.text), joined);
	out.error(word.place, problem);
	return false;
}

// The canonical form has the status of every redirect.
void add_status(unsigned scope, const Line &line, std::vector<Word> &words)
{
	const size_t at = scope == kLocation ? 1 : 2;

	if (words.size() < at || (words.size() > at && words[at].text != "query"))
		return;
	words.insert(words.begin() + static_cast<std::ptrdiff_t>(at),
		     Word{"301", line.at(0), false});
}

bool read_list(const Setting &setting, unsigned scope, const Line &line, size_t begin,
	       std::vector<Word> &words, Diagnostics &out)
{
	if (!split_words(line, begin, line.find_comment(begin), words, out))
		return false;
	if (words.empty()) {
		out.error(line.at(begin),
			  fmt::format("{} has no value; write {}", setting.name, setting.form));
		return false;
	}
	if (!advise_on_words(setting, words, out))
		return false;
	if (setting.name == "redirect")
		add_status(scope, line, words);
	return true;
}

} // namespace

bool read_value(const Setting &setting, unsigned scope, const Line &line, size_t begin,
		std::vector<Word> &words, Diagnostics &out)
{
	begin = line.skip_blanks(begin);
	const size_t end = setting.kind == Kind::text ? line.text().size() :
							line.find_comment(begin);
	Word word = {"", line.at(begin), false};

	if (setting.kind == Kind::words)
		return read_list(setting, scope, line, begin, words, out);
	if (has_control(line, begin, begin + trim(line.text().substr(begin, end - begin)).size(),
			out))
		return false;
	if (setting.kind == Kind::text ? !read_text(setting, line, begin, word, out) ||
						 !advise_on_text(setting, line, begin, word, out) :
					 !read_counted(setting, line, begin, word, out))
		return false;
	words.push_back(word);
	return true;
}

} // namespace khttpdctl
