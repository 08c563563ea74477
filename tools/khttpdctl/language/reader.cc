// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/reader.h"

#include <algorithm>

#include <fmt/format.h>

#include "language/advice.h"
#include "language/spelling.h"
#include "language/values.h"

namespace khttpdctl {

namespace {

// Files that were written for an earlier version must not keep the server from starting.
constexpr std::string_view kRemoved = "relaxed_targets";

class LanguageReader {
public:
	LanguageReader(const Sources &sources, unsigned file, Document &document, Diagnostics &out)
		: sources_(sources), file_(file), document_(document), out_(out),
		  section_(&document.top)
	{
	}

	void read()
	{
		std::string_view text = sources_[file_].text;
		unsigned number = 0;

		if (text.substr(0, 3) == "\xef\xbb\xbf")
			text.remove_prefix(3);
		if (!is_text(text))
			return;
		while (!text.empty()) {
			const size_t end = std::min(text.find('\n'), text.size());
			std::string_view line = text.substr(0, end);

			text.remove_prefix(std::min(end + 1, text.size()));
			if (!line.empty() && line.back() == '\r')
				line.remove_suffix(1);
			read_line(Line(line, file_, ++number));
		}
	}

private:
	bool is_text(std::string_view text)
	{
		const std::string_view mark = text.substr(0, 2);
		const size_t nul = text.find('\0');

		if (mark == "\xff\xfe" || mark == "\xfe\xff" || (nul != text.npos && nul < 2)) {
			out_.error({file_, 1, 1}, "this is UTF-16; save it as UTF-8, or run iconv "
						  "-f UTF-16 -t UTF-8 on it");
			return false;
		}
		if (nul == text.npos)
			return true;
		const auto lines =
			std::count(text.begin(), text.begin() + static_cast<long>(nul), '\n');
		out_.error({file_, static_cast<unsigned>(lines) + 1, 1},
			   "a zero byte, so this is not text; name a text file");
		return false;
	}

	// Other bytes are served as they are, so they are no mistake; once a file is enough.
	void warn_of_bytes(const Line &line)
	{
		const size_t at = find_other_byte(line.text());

		if (told_of_bytes_ || at == line.text().npos)
			return;
		told_of_bytes_ = true;
		out_.warning(line.at(at),
			     "this is not UTF-8; save the file as UTF-8, or run iconv -f "
			     "ISO-8859-1 -t UTF-8 on it");
	}

	void read_line(const Line &line)
	{
		const size_t begin = line.skip_blanks(0);

		if (trim(line.text()).empty() || line.text()[begin] == '#')
			return;
		warn_of_bytes(line);
		if (line.text()[begin] == '[')
			read_section(line, begin);
		else
			read_setting(line, begin);
	}

	// What comes behind a header that is none is read, so that its mistakes are told, and lost.
	void read_section(const Line &line, size_t begin)
	{
		const std::string_view text = line.text();
		size_t end = line.find_comment(begin + 1);
		std::vector<Word> words;

		while (is_blank(text[end - 1]))
			end--;
		lost_ = Section();
		lost_.kind = section_->kind;
		section_ = &lost_;
		if (text[end - 1] != ']') {
			const size_t bracket = text.substr(0, end).rfind(']');

			if (bracket == text.npos || bracket < begin)
				out_.error(line.at(begin),
					   "the section is not closed; write ] at its end");
			else
				out_.error(line.at(line.skip_blanks(bracket + 1)),
					   "only a comment may follow a section; start a new line");
			return;
		}
		if (!split_words(line, begin + 1, end - 1, words, out_))
			return;
		if (words.empty() || words[0].quoted) {
			out_.error(line.at(begin),
				   "a section needs a name; write [site NAME...] or "
				   "[location PATTERN]");
			return;
		}
		const Word name = words[0];
		words.erase(words.begin());
		if (name.text == "site")
			open_site(line.at(begin), std::move(words));
		else if (name.text == "location")
			open_location(line.at(begin), std::move(words));
		else
			out_.error(name.place,
				   fmt::format("unknown section `{}'{}", shown(name.text),
					       advice_on_section(name.text)));
	}

	void open_site(Place place, std::vector<Word> words)
	{
		lost_.kind = kSite;
		if (words.empty()) {
			out_.error(place, "a site needs a name; write [site www.example.org], or "
					  "[site *] for all other hosts");
			return;
		}
		if (!advise_on_commas(words, false, out_) || !advise_on_hosts(words, out_))
			return;
		document_.sites.push_back({kSite, place, std::move(words), {}, {}});
		section_ = site_ = &document_.sites.back();
	}

	void open_location(Place place, std::vector<Word> words)
	{
		lost_.kind = kLocation;
		const std::string problem = wrong_pattern(words);
		if (!problem.empty()) {
			out_.error(words.empty() ? place : words[0].place, problem);
			return;
		}
		Section &parent = site_ ? *site_ : document_.top;
		parent.locations.push_back({kLocation, place, std::move(words), {}, {}});
		section_ = &parent.locations.back();
	}

	// The three forms of a pattern; what a path may be is the builder's to say.
	static std::string wrong_pattern(const std::vector<Word> &words)
	{
		static constexpr const char *kForms = "write /PREFIX/, = /EXACT/PATH or *.ENDING";
		const std::string first = words.empty() ? "" : words[0].text;

		if (words.empty())
			return fmt::format("a location needs a pattern; {}", kForms);
		if (first == "~" || first == "~*" || first == "^~")
			return fmt::format("there are no regular expressions; {}", kForms);
		if (first.size() > 1 && first[0] == '=')
			return fmt::format("put a space after the equals sign; write = {}",
					   shown(first.substr(1)));
		if (first == "=" && words.size() == 2 && words[1].text[0] == '/')
			return "";
		if (first == "=")
			return "= must be followed by one path; write = /EXACT/PATH";
		if (words.size() > 1)
			return fmt::format("a location can have one pattern; write a section for "
					   "each, and %20 for a space");
		if (first.substr(0, 2) == "*." && first.size() > 2)
			return "";
		if (first.empty() || first[0] != '/')
			return fmt::format("{} is not a location pattern; {}", shown(first),
					   kForms);
		if (first.size() > 1 && first.substr(first.size() - 2) == "/*")
			return fmt::format("{} needs no star; write {} for everything below it",
					   shown(first), shown(first.substr(0, first.size() - 1)));
		if (first.back() != '/')
			return fmt::format("{} does not end with a slash; write {}/ for everything "
					   "below it, or = {} for that path only",
					   shown(first), shown(first), shown(first));
		return "";
	}

	void read_setting(const Line &line, size_t begin)
	{
		const size_t equals = line.text().find('=');
		const std::string_view name = trim(
			line.text().substr(begin, std::min(equals, line.text().size()) - begin));

		if (equals == line.text().npos) {
			out_.error(line.at(begin), advice_on_line(trim(line.text())));
			return;
		}
		if (name.empty()) {
			out_.error(line.at(begin), "no name before `='; write name = value");
			return;
		}
		if (name == kRemoved) {
			out_.warning(
				line.at(begin),
				fmt::format(
					"{} is no longer a setting and has no effect: targets are "
					"always accepted as clients send them; remove the line",
					kRemoved));
			return;
		}
		const Setting *setting = find_setting(name);
		if (!setting) {
			out_.error(line.at(begin), fmt::format("unknown setting `{}'{}",
							       shown(name), advice_on_name(name)));
			return;
		}
		Entry entry = {setting, line.at(begin), {}};
		if (may_stand_here(entry) &&
		    read_value(*setting, section_->kind, line, equals + 1, entry.words, out_))
			add(std::move(entry));
	}

	bool may_stand_here(const Entry &entry)
	{
		const Setting &setting = *entry.setting;

		if (setting.scopes & section_->kind)
			return true;
		out_.error(entry.place,
			   fmt::format("{} cannot be set in a {}; write it {}", setting.name,
				       section_->kind == kSite ? "site" : "location",
				       setting.scopes & kSite ?
					       "in the site or at the top, before its locations" :
					       "at the top, before the first section"));
		return false;
	}

	void add(Entry entry)
	{
		const Setting &setting = *entry.setting;
		auto &entries = section_->entries;
		const auto before =
			std::find_if(entries.begin(), entries.end(),
				     [&](const Entry &other) { return other.setting == &setting; });

		if (before == entries.end() || setting.again == Again::line) {
			entries.push_back(std::move(entry));
		} else if (setting.again == Again::words) {
			before->words.insert(before->words.end(), entry.words.begin(),
					     entry.words.end());
		} else if (setting.again == Again::commas) {
			before->words[0].text += ", " + entry.words[0].text;
		} else {
			out_.error(entry.place,
				   fmt::format("{} is set twice, first in {}; remove one of them",
					       setting.name, where(before->place)));
		}
	}

	std::string where(Place place) const
	{
		if (place.file == file_)
			return fmt::format("line {}", place.line);
		return fmt::format("{}:{}", printable(sources_[place.file].name), place.line);
	}

	const Sources &sources_;
	unsigned file_;
	Document &document_;
	Diagnostics &out_;
	// The one that settings belong to, and the site that locations do; null at the top.
	Section *section_;
	Section *site_ = nullptr;
	Section lost_;
	bool told_of_bytes_ = false;
};

} // namespace

void read_language(const Sources &sources, unsigned file, Document &document, Diagnostics &out)
{
	LanguageReader(sources, file, document, out).read();
}

} // namespace khttpdctl
