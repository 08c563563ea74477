// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/advice.h"

#include <fmt/format.h>

#include "config/text/setting_words.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

struct Foreign {
	std::string_view name;
	std::string_view here;
};

// Settings of other servers.
constexpr Foreign kNames[] = {
	{"listen", "write port = NUMBER, and bind = ADDRESS for one address"},
	{"root", "write docroot = DIRECTORY"},
	{"documentroot", "write docroot = DIRECTORY"},
	{"server_name", "write [site NAME...] before what is for that host"},
	{"servername", "write [site NAME...] before what is for that host"},
	{"serveralias", "write [site NAME...] before what is for that host"},
	{"add_header", "write header = set NAME VALUE"},
	{"more_set_headers", "write header = set NAME VALUE"},
	{"expires", "write cache_control = max-age=SECONDS"},
	{"return", "write redirect = FROM TO, or reply = PATH STATUS TYPE TEXT"},
	{"rewrite", "write redirect = FROM TO, or try = CANDIDATE..."},
	{"try_files", "write try = CANDIDATE..."},
	{"directoryindex", "write index = NAME..."},
	{"errordocument", "write error_page = STATUS NAME"},
	{"include", "all of /etc/khttpd.conf.d/*.conf is read by itself"},
	{"server_tokens", "write server_field = off"},
	{"limit_except", "write methods = METHOD..."},
	{"limit_req", "write rate = NUMBER/s BURST"},
	{"addtype", "write type = .ENDING TYPE/SUBTYPE"},
	{"types", "write type = .ENDING TYPE/SUBTYPE"},
	{"gzip", "write precompressed = on"},
	{"gzip_static", "write precompressed = on"},
	{"ssl_certificate", "TLS ends in the proxy in front, such as haproxy or nginx"},
	{"ssl_certificate_key", "TLS ends in the proxy in front, such as haproxy or nginx"},
	{"tls", "TLS ends in the proxy in front, such as haproxy or nginx"},
	{"proxy_pass", "khttpd passes nothing on; a proxy in front can"},
	{"reverse_proxy", "khttpd passes nothing on; a proxy in front can"},
	{"auth_basic", "passwords are checked by the proxy in front; allow and deny go by address"},
	{"basic_auth", "passwords are checked by the proxy in front; allow and deny go by address"},
	{"import", "all of /etc/khttpd.conf.d/*.conf is read by itself"},
	{"location", "write [location PATTERN]"},
	{"alias", "write docroot = DIRECTORY in a section [location PATTERN]"},
	{"user", "files are opened as the user nobody; no setting changes that"},
	{"apply", "no setting applies a configuration; run khttpdctl reload"},
};
constexpr Foreign kSections[] = {
	{"server", "write [site NAME...]"},
	{"host", "write [site NAME...]"},
	{"vhost", "write [site NAME...]"},
	{"virtualhost", "write [site NAME...]"},
	{"path", "write [location PATTERN]"},
	{"directory", "write [location PATTERN]"},
	{"global", "what holds for all sites stands before the first section"},
	{"default", "what holds for all sites stands before the first section"},
	{"top", "what holds for all sites stands before the first section"},
	{"khttpd", "what holds for all sites stands before the first section"},
};

template <size_t n>
std::string find_foreign(const Foreign (&known)[n], std::string_view name)
{
	std::string lower(name);

	for (char &c : lower)
		c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
	for (const Foreign &foreign : known) {
		if (foreign.name == lower)
			return fmt::format("; {}", foreign.here);
	}
	return "";
}

bool ends_with(std::string_view text, char c)
{
	return text.size() > 1 && text.back() == c;
}

// Tells of a semicolon that has no blank before it, in a text of routes. No route that is right
// has such a word where this looks.
bool advise_on_routes(const Line &line, size_t begin, std::string_view text, Diagnostics &out)
{
	khttpd::Bytes rest = khttpd::Bytes::literal(text.data(), text.size());
	std::string_view before;

	for (;;) {
		const khttpd::Bytes taken = khttpd::next_word(rest);
		const std::string_view word(reinterpret_cast<const char *>(taken.data()),
					    taken.size());
		const bool next_route = !word.empty() && word[0] == '/';

		if (ends_with(before, ';') &&
		    (next_route || is_digits(before.substr(0, before.size() - 1)) ||
		     (before[0] == '\'' && before[before.size() - 2] == '\''))) {
			const size_t at = static_cast<size_t>(before.data() - text.data()) +
					  before.size() - 1;

			out.error(line.at(begin + at),
				  fmt::format("no blank before the semicolon; write {} ;",
					      shown(before.substr(0, before.size() - 1))));
			return false;
		}
		if (word.empty())
			return true;
		before = word;
	}
}

} // namespace

std::string advice_on_name(std::string_view name)
{
	// `try_files $uri =404;' has an equals sign, too.
	std::string foreign = find_foreign(kNames, name.substr(0, name.find_first_of(" \t")));

	return foreign.empty() ? suggestion(name, setting_names()) : foreign;
}

std::string advice_on_section(std::string_view name)
{
	std::string foreign = find_foreign(kSections, name);

	if (!foreign.empty())
		return foreign;
	const std::string meant = suggestion(name, {"site", "location"});
	return meant.empty() ? "; there are [site NAME...] and [location PATTERN]" : meant;
}

std::string advice_on_line(std::string_view text)
{
	const size_t end = text.find_first_of(" \t");
	std::string_view name = text.substr(0, end);
	std::string_view value = end == text.npos ? "" : trim(text.substr(end));

	if (!value.empty() && value[0] == ':')
		value = trim(value.substr(1));
	if (text == "}" || text.back() == '{')
		return "sections have no braces; write [site NAME...] or [location PATTERN]";
	if (ends_with(name, ':'))
		name.remove_suffix(1);
	if (ends_with(value, ';'))
		value.remove_suffix(1);
	const std::string advice = find_setting(name) ?
					   fmt::format("; write {} = {}", name,
						       value.empty() ? "VALUE" : shown(value)) :
					   advice_on_name(name);
	return fmt::format("expected `name = value', found `{}'{}", shown(text), advice);
}

bool advise_on_commas(const std::vector<Word> &words, bool possible, Diagnostics &out)
{
	for (const Word &word : words) {
		if (word.quoted || word.text == "," || word.text.find(',') == word.text.npos)
			continue;
		const bool last = !possible || word.text.back() == ',' || word.text.front() == ',';
		const std::string text = fmt::format(
			"{} has a comma in it: blanks separate words, commas do not; {}",
			shown(word.text),
			possible ? "put the word in double quotes if the comma belongs to it" :
				   "write blanks in their place");

		if (!last) {
			out.warning(word.place, text);
			continue;
		}
		out.error(word.place, text);
		return false;
	}
	return true;
}

bool advise_on_words(const Setting &setting, const std::vector<Word> &words, Diagnostics &out)
{
	const Word &last = words.back();

	if (!last.quoted && ends_with(last.text, ';')) {
		out.error(
			last.place,
			fmt::format("a line ends without a semicolon; write {}, or put the word in "
				    "double quotes if it belongs to it",
				    shown(last.text.substr(0, last.text.size() - 1))));
		return false;
	}
	for (const char *list : {"index", "try", "methods", "allow", "deny"}) {
		if (setting.name == list)
			return advise_on_commas(
				words, setting.name == "index" || setting.name == "try", out);
	}
	if (setting.name == "header" && words.size() > 3 &&
	    (words[0].text == "set" || words[0].text == "add")) {
		std::string value = words[2].text;

		for (size_t i = 3; i < words.size(); i++)
			value += " " + words[i].text;
		out.error(words[2].place, fmt::format("the value of a header is one word; write {}",
						      shown("\"" + value + "\"")));
		return false;
	}
	return true;
}

bool advise_on_text(const Setting &setting, const Line &line, size_t begin, Word &word,
		    Diagnostics &out)
{
	if (setting.name == "routes")
		return advise_on_routes(line, begin + word.quoted, word.text, out);
	if (setting.name != "precompressed")
		return true;
	if (word.text == "off" || word.text == "on") {
		word.text = word.text == "on" ? setting.fallback : "";
	} else if (word.text.find(',') != word.text.npos) {
		std::string blanks;

		for (char c : word.text) {
			if (c == ',' || is_blank(c))
				blanks += blanks.empty() || blanks.back() == ' ' ? "" : " ";
			else
				blanks += c;
		}
		out.error(
			line.at(begin + word.quoted + word.text.find(',')),
			fmt::format(
				"blanks separate codings, commas do not; write precompressed = {}",
				shown(blanks)));
		return false;
	}
	return true;
}

} // namespace khttpdctl
