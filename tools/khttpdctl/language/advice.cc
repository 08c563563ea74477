// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/advice.h"

#include <algorithm>
#include <regex>

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
	{"server_name", "write [site NAME...] before the settings of that host"},
	{"servername", "write [site NAME...] before the settings of that host"},
	{"serveralias", "write [site NAME...] before the settings of that host"},
	{"add_header", "write header = set NAME VALUE"},
	{"more_set_headers", "write header = set NAME VALUE"},
	{"expires", "write cache_control = max-age=SECONDS"},
	{"return", "write redirect = FROM TO, or reply = PATH STATUS TYPE TEXT"},
	{"rewrite", "write redirect = FROM TO, or try = CANDIDATE..."},
	{"try_files", "write try = CANDIDATE..."},
	{"directoryindex", "write index = NAME..."},
	{"errordocument", "write error_page = STATUS NAME"},
	{"include", "all files /etc/khttpd.conf.d/*.conf are read automatically"},
	{"server_tokens", "write server_field = off"},
	{"limit_except", "write methods = METHOD..."},
	{"limit_req", "write rate = NUMBER/s BURST"},
	{"addtype", "write type = .ENDING TYPE/SUBTYPE"},
	{"types", "write type = .ENDING TYPE/SUBTYPE"},
	{"gzip", "write precompressed = on"},
	{"gzip_static", "write precompressed = on"},
	{"ssl_certificate", "khttpd has no TLS; put a proxy such as haproxy or nginx in front"},
	{"ssl_certificate_key", "khttpd has no TLS; put a proxy such as haproxy or nginx in front"},
	{"tls", "khttpd has no TLS; put a proxy such as haproxy or nginx in front"},
	{"set_real_ip_from", "write forwarded = NETWORK..., or proxy_protocol = NETWORK..."},
	{"real_ip_header", "write forwarded = [x-forwarded-for|forwarded] NETWORK..."},
	{"remoteipheader", "write forwarded = [x-forwarded-for|forwarded] NETWORK..."},
	{"trusted_proxies", "write forwarded = NETWORK..."},
	{"proxy_pass", "khttpd does not forward requests; put a proxy in front"},
	{"reverse_proxy", "khttpd does not forward requests; put a proxy in front"},
	{"auth_basic",
	 "khttpd does not check passwords; put a proxy in front, or allow and deny by address"},
	{"basic_auth",
	 "khttpd does not check passwords; put a proxy in front, or allow and deny by address"},
	{"import", "all files /etc/khttpd.conf.d/*.conf are read automatically"},
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
	{"global", "write settings for all sites before the first section"},
	{"default", "write settings for all sites before the first section"},
	{"top", "write settings for all sites before the first section"},
	{"khttpd", "write settings for all sites before the first section"},
};

template <size_t n>
std::string find_foreign(const Foreign (&known)[n], std::string_view name)
{
	const std::string wanted = lower(name);

	for (const Foreign &foreign : known) {
		if (foreign.name == wanted)
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
				  fmt::format("no space before the semicolon; write {} ;",
					      shown(before.substr(0, before.size() - 1))));
			return false;
		}
		if (word.empty())
			return true;
		before = word;
	}
}

// Words from one on, with a blank between them.
std::string joined(const std::vector<Word> &words, size_t from)
{
	std::string text;

	for (size_t i = from; i < words.size(); i++)
		text += (text.empty() ? "" : " ") + words[i].text;
	return text;
}

bool advise_on_header(const std::vector<Word> &words, Diagnostics &out)
{
	const std::string &verb = words[0].text;
	std::string name = verb;

	if (verb == "set" || verb == "add") {
		if (words.size() <= 3)
			return true;
		out.error(words[2].place,
			  fmt::format("the value of a header must be one word; write {}",
				      shown(fmt::format("\"{}\"", joined(words, 2)))));
		return false;
	}
	if (verb == "remove")
		return true;
	if (ends_with(name, ':'))
		name.pop_back();
	out.error(words[0].place,
		  words.size() == 1 || lower(verb) == "set" || lower(verb) == "add" ||
				  lower(verb) == "remove" ?
			  fmt::format("header = {}: the first word must be set, add or remove; "
				      "write header = set NAME VALUE, or header = remove NAME",
				      shown(verb)) :
			  fmt::format("header = {}: the first word must be set, add or remove; "
				      "write header = set {} {}",
				      shown(verb), shown(name),
				      shown(spell_in_file(joined(words, 1)))));
	return false;
}

// One status and one page a line, whatever separates them.
bool advise_on_error_page(const std::vector<Word> &words, Diagnostics &out)
{
	std::vector<std::string> statuses;
	std::string list = joined(words, 0);
	std::string lines;

	for (char &c : list)
		c = c == ',' || c == '=' ? ' ' : c;
	for (size_t begin = 0; begin < list.size();) {
		const size_t end = std::min(list.find(' ', begin), list.size());

		if (end > begin)
			statuses.push_back(list.substr(begin, end - begin));
		begin = end + 1;
	}
	// One status, which is right, or what the builder has better words for.
	if (statuses.size() < 2 || (statuses.size() == 2 && words.size() == 2))
		return true;
	const std::string page = statuses.back();
	statuses.pop_back();
	for (const std::string &status : statuses) {
		if (!is_digits(status))
			return true;
		lines += fmt::format("{}error_page = {} {}", lines.empty() ? "" : " and ", status,
				     shown(page));
	}
	if (page[0] != '/')
		return true;
	out.error(words[0].place,
		  fmt::format("a line can have one status and one page; write {}{}", lines,
			      statuses.size() > 1 ? ", each on its own line" : ""));
	return false;
}

// What comes of a rate as other servers have it: 10r/s burst=20, 600/h.
std::string rate_meant(const std::string &text)
{
	static const std::regex kForm(
		"([0-9]{1,9}) ?(?:r|req|requests)? ?(?:/|per)? ?"
		"(s|sec|second|m|min|minute|h|hour)? ?(?:burst=)?([0-9]{1,9})?(?: nodelay)?");
	std::smatch part;

	if (!std::regex_match(text, part, kForm))
		return "NUMBER/s BURST, NUMBER/m BURST or off";
	const bool hours = part[2].str()[0] == 'h';
	const bool minutes = hours || part[2].str()[0] == 'm';
	const unsigned long number = std::stoul(part[1].str());
	return fmt::format("{}/{} {}", hours ? std::max(1ul, number / 60) : number,
			   minutes ? 'm' : 's',
			   part[3].matched ? part[3].str() : std::string("BURST"));
}

bool advise_on_rate(const std::vector<Word> &words, Diagnostics &out)
{
	static const std::regex kRate("[0-9]+/[sm]");
	const std::string text = joined(words, 0);

	if (text == "off" || (words.size() == 2 && std::regex_match(words[0].text, kRate) &&
			      is_digits(words[1].text)))
		return true;
	out.error(words[0].place,
		  fmt::format("rate={}: requests from one address are counted per second (/s) or "
			      "minute (/m), and BURST is how many may come at once; write rate = "
			      "{}",
			      shown(text), rate_meant(text)));
	return false;
}

// What to write in place of a name that no Host field has; empty for one that may be right.
std::string host_meant(const std::string &word)
{
	const size_t scheme = word.find("://");
	std::string host = scheme == word.npos ? word : word.substr(scheme + 3);

	if (std::any_of(word.begin(), word.end(),
			[](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
		return "the name as it is in DNS, which starts with xn--";
	if (word[0] == '~')
		return "NAME or *.NAME; there are no regular expressions";
	host.erase(std::min(host.find('/'), host.size()));
	const size_t colon = host.rfind(':');
	if (colon != host.npos && host.find(':') == colon && is_digits(host.substr(colon + 1)))
		host.erase(colon);
	if (host.size() > 1 && host[0] == '.')
		return fmt::format("[site {} *{}]", shown(host.substr(1)), shown(host));
	return host == word || host.empty() ? "" : fmt::format("[site {}]", shown(host));
}

} // namespace

bool advise_on_hosts(const std::vector<Word> &words, Diagnostics &out)
{
	for (const Word &word : words) {
		const std::string meant = word.text.empty() ? "" : host_meant(word.text);

		if (word.text == "_") {
			out.warning(word.place, "_ is not the name of a host; write [site *] for "
						"all hosts that no other site matches");
		} else if (!meant.empty()) {
			out.error(word.place,
				  fmt::format("a site is named by a host, without a port (see the "
					      "setting port) or a path (see [location /PATH/]); {} "
					      "is not a host; write {}",
					      shown(word.text), meant));
			return false;
		}
	}
	return true;
}

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
			"{} contains a comma: words are separated by spaces, not by commas; {}",
			shown(word.text),
			possible ? "put the word in double quotes if the comma belongs to it" :
				   "write spaces instead");

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
		out.error(last.place,
			  fmt::format("a line does not end with a semicolon; write {}, or put the "
				      "word in "
				      "double quotes if it belongs to it",
				      shown(last.text.substr(0, last.text.size() - 1))));
		return false;
	}
	for (const char *list :
	     {"index", "try", "methods", "allow", "deny", "proxy_protocol", "forwarded"}) {
		if (setting.name == list)
			return advise_on_commas(
				words, setting.name == "index" || setting.name == "try", out);
	}
	if (setting.name == "header")
		return advise_on_header(words, out);
	if (setting.name == "rate")
		return advise_on_rate(words, out);
	return setting.name != "error_page" || advise_on_error_page(words, out);
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
		out.error(line.at(begin + word.quoted + word.text.find(',')),
			  fmt::format("codings are separated by spaces, not by commas; write "
				      "precompressed = {}",
				      shown(blanks)));
		return false;
	}
	return true;
}

} // namespace khttpdctl
