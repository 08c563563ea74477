// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/canonical.h"

#include <algorithm>

namespace khttpdctl {

namespace {

void add_words(std::string &text, const std::vector<Word> &words)
{
	for (const Word &word : words)
		text += " " + spell_word(word.text);
}

void print_section(const Section &section, Canonical &out)
{
	if (section.kind != kTop) {
		out.text += section.kind == kSite ? "[site" : "[location";
		add_words(out.text, section.words);
		out.text += "]\n";
		out.lines.push_back({nullptr, section.place, section.words});
	}
	for (const Entry &entry : section.entries) {
		out.text += entry.setting->name + " =";
		add_words(out.text, entry.words);
		out.text += '\n';
		out.lines.push_back({entry.setting, entry.place, entry.words});
	}
	for (const Section &location : section.locations)
		print_section(location, out);
}

// Takes a word in its one spelling off the text.
bool take_word(std::string_view &text, std::string &word)
{
	std::string_view rest = text;

	word.clear();
	if (rest.empty() || rest[0] != '"') {
		const size_t end = std::min(rest.find(' '), rest.size());

		word = rest.substr(0, end);
		rest.remove_prefix(end);
	} else {
		rest.remove_prefix(1);
		while (!rest.empty() && rest[0] != '"') {
			if (rest[0] == '\\') {
				rest.remove_prefix(1);
				if (rest.empty())
					return false;
				word += rest[0] == 'n' ? '\n' : rest[0] == 't' ? '\t' : rest[0];
			} else {
				word += rest[0];
			}
			rest.remove_prefix(1);
		}
		if (rest.empty())
			return false;
		rest.remove_prefix(1);
	}
	// Whatever else could be read, only what is printed is taken.
	if (spell_word(word) != text.substr(0, text.size() - rest.size()))
		return false;
	text = rest;
	return true;
}

bool has_control(std::string_view text)
{
	return std::any_of(text.begin(), text.end(), [](char c) {
		return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
	});
}

bool read_canonical_line(std::string_view text, std::vector<std::string> &line)
{
	std::string word;

	if (has_control(text) || text.empty())
		return false;
	if (text[0] == '[') {
		if (text.back() != ']')
			return false;
		line.push_back("[");
		text = text.substr(1, text.size() - 2);
		if (!take_word(text, word))
			return false;
	} else {
		const size_t end = text.find(" = ");

		if (end == 0 || end == text.npos)
			return false;
		line.push_back(std::string(text.substr(0, end)));
		word = "=";
		text.remove_prefix(end + 2);
	}
	line.push_back(word);
	do {
		if (text.empty() || text[0] != ' ')
			return false;
		text.remove_prefix(1);
		if (!take_word(text, word))
			return false;
		line.push_back(word);
	} while (!text.empty());
	return true;
}

} // namespace

const Origin &Canonical::meant(size_t line, std::string_view message) const
{
	const auto is_named = [&](const Origin &origin) {
		return origin.setting && message.find(origin.setting->name + "=") != message.npos;
	};

	if (!is_named(lines[line - 1])) {
		for (const Origin &other : lines) {
			if (is_named(other))
				return other;
		}
	}
	return lines[line - 1];
}

Place Canonical::place_of(size_t line, std::string_view message) const
{
	if (line == 0 || line > lines.size())
		return {0, 1, 1};
	const Origin &origin = meant(line, message);
	const Word *found = nullptr;

	for (const Word &word : origin.words) {
		if (!word.text.empty() && message.find(word.text) != message.npos &&
		    (!found || word.text.size() > found->text.size()))
			found = &word;
	}
	return found ? found->place : origin.place;
}

Canonical print_canonical(const Document &document)
{
	Canonical out;

	print_section(document.top, out);
	for (const Section &site : document.sites)
		print_section(site, out);
	return out;
}

bool read_canonical(std::string_view text, std::vector<std::vector<std::string>> &lines,
		    size_t &wrong_line)
{
	while (!text.empty()) {
		const size_t end = text.find('\n');

		wrong_line = lines.size() + 1;
		lines.emplace_back();
		if (end == text.npos || !read_canonical_line(text.substr(0, end), lines.back()))
			return false;
		text.remove_prefix(end + 1);
	}
	return true;
}

std::string print_canonical_line(const std::vector<std::string> &line)
{
	const bool section = line[0] == "[";
	std::string text = line[0] + (section ? "" : " ") + line[1];

	for (size_t i = 2; i < line.size(); i++)
		text += " " + spell_word(line[i]);
	return text + (section ? "]\n" : "\n");
}

} // namespace khttpdctl
