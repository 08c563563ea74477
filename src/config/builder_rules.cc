// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The second pass of the builder: sites, locations and replies, and where they are found. */
#include "config/builder.h"

#include "config/text/setting_words.h"
#include "http/authority.h"

namespace khttpd {

namespace {

// This is one more than any entry has.
constexpr usize kMaxRouteWords = 6;
constexpr usize kMaxHostName = 253;

// A name of DNS, an IPv4 address, or an IPv6 address in brackets.
bool is_host_name(Bytes host, bool wildcard)
{
	u8 before = '.';

	if (!host.empty() && host[0] == '[')
		return !wildcard && host.back() == ']' && host.size() > 2 &&
		       valid_ipv6(host.sub(1, host.size() - 2));
	for (u8 c : host) {
		const u8 lower = to_lower(c);

		if (!(lower >= 'a' && lower <= 'z') && !is_digit(c) && c != '-' && c != '_' &&
		    (c != '.' || before == '.'))
			return false;
		before = c;
	}
	return before != '.' && host.size() <= kMaxHostName;
}

} // namespace

void Builder::read_rules(LineSource source)
{
	if (!config_.places.reserve(rule_count_, host_count_, site_count_, config_.memory,
				    mistakes_))
		return;
	for (const Place &checked : std::span(places_, section_count_)) {
		mistakes_.about(checked.error_pages.line());
		if (checked.error_pages.line() && !checked.may_have_files())
			mistakes_.fail(-kEINVAL).text("error_pages: files need docroot");
	}
	level_ = Level::top;
	section_ = site_section_ = 0;
	site_ = 0;
	config_.places.add_site(places_[0]);
	while (next(source)) {
		if (line_.kind == LineKind::site)
			add_site();
		else if (line_.kind == LineKind::location)
			add_location();
		else if (line_.kind == LineKind::setting && is_rule_setting(line_.name))
			read_rule_setting();
	}
	config_.has_rules = !config_.places.empty();
	config_.usual = !config_.has_rules && !places_->root() && places_->access.empty() &&
			!places_->rate_interval_ns && places_->fields.empty() &&
			places_->methods & kMethodGet && places_->methods & kMethodHead;
}

void Builder::add_site()
{
	level_ = Level::site;
	section_++;
	site_++;
	config_.places.add_site(place());
	for (const Bytes name : line_.values())
		add_host(name, site_);
}

void Builder::add_host(Bytes name, u16 site)
{
	const bool wildcard = name.starts_with("*."_b);
	const Bytes host = wildcard ? name.drop(2) : name;

	if (name == "*"_b) {
		if (!config_.places.set_other_hosts(site))
			mistakes_.fail(-kEINVAL).text("site * is already defined");
		return;
	}
	if (!is_host_name(host, wildcard)) {
		mistakes_.fail(-kEINVAL).text("site ").shown(name).text(
			" is neither a host name without a port nor *.NAME nor *");
		return;
	}
	Arena &arena = config_.memory.arena(host.size(), mistakes_);
	const std::span<u8> lower = arena.take(host.size());
	for (usize i = 0; i < lower.size(); i++)
		lower[i] = to_lower(host[i]);
	if (!config_.places.add_host({lower.data(), lower.size()}, wildcard, site))
		mistakes_.fail(-kEINVAL).text("site ").bytes(name).text(" is already defined");
}

void Builder::add_location()
{
	const std::span<const Bytes> words = line_.values();
	const Bytes last = words.back();

	level_ = Level::location;
	section_++;
	location_ = nullptr;
	if (words.size() == 1 && last.starts_with("*."_b)) {
		const Bytes ending = last.drop(2);

		if (ending.empty() || ending.find('.') != ending.size() ||
		    ending.find('/') != ending.size())
			mistakes_.fail(-kEINVAL)
				.text("location ")
				.shown(last)
				.text(" is not an ending such as *.html, with one dot");
		else
			location_ = add_rule(RuleKind::ending,
					     config_.memory.keep(ending, mistakes_), last,
					     "location");
		return;
	}
	const bool exact = words.size() == 2 && words[0] == "="_b;
	const bool prefix = words.size() == 1 && !last.empty() && last.back() == '/';
	if (!exact && !prefix) {
		mistakes_.fail(-kEINVAL)
			.text("location ")
			.shown(last)
			.text(" is neither /PATH/ for everything below it, = /PATH for one path, "
			      "nor *.ENDING");
		return;
	}
	RouteReader reader(place(), config_.memory, mistakes_, "location");
	const Bytes path = reader.read_path(last);
	if (!path.empty())
		location_ = add_rule(exact ? RuleKind::exact : RuleKind::prefix, path, last,
				     "location");
}

Rule *Builder::add_rule(RuleKind kind, Bytes text, Bytes word, const char *what, u32 entry)
{
	const Rule *taken;
	Rule *rule = config_.places.add_rule(kind, text, place(), line_number_, taken);

	if (rule)
		return rule;
	TextWriter &out = RouteReader(place(), config_.memory, mistakes_, what, entry).fail();
	out.bytes(word.prefix(64))
		.text(entry ? " already has a route" : " is already defined in line ");
	if (!entry)
		out.number(taken->line);
	return nullptr;
}

void Builder::read_rule_setting()
{
	if (line_.name == "reply"_b)
		read_reply();
	else if (line_.name == "redirect"_b)
		read_redirect();
	else if (line_.count && level_ != Level::location)
		read_routes(line_.words[0]);
}

// Reads `PATH STATUS ... ; PATH STATUS ...`.
void Builder::read_routes(Bytes text)
{
	Bytes words[kMaxRouteWords];
	usize count = 0;
	u32 entry = 1;
	Bytes word;

	if (text.empty())
		return;
	do {
		word = next_word(text);
		if (!word.empty() && word != ";"_b) {
			if (count < kMaxRouteWords)
				words[count++] = word;
			continue;
		}
		read_route({words, count}, entry++);
		count = 0;
	} while (!word.empty() && !mistakes_.err());
}

void Builder::read_route(std::span<const Bytes> words, u32 entry)
{
	RouteReader reader(place(), config_.memory, mistakes_, "routes", entry);

	if (words.empty()) {
		reader.fail().text("is empty");
		return;
	}
	const Bytes path = reader.read_path(words[0]);
	if (path.empty())
		return;
	Rule *rule = add_rule(RuleKind::exact, path, words[0], "routes", entry);
	if (rule)
		rule->route = reader.read_reply(words.subspan(1), RouteReader::Texts::quoted,
						config_.settings.drain_);
}

Rule *Builder::begin_rule(std::span<const Bytes> &words, const char *what)
{
	RouteReader reader(place(), config_.memory, mistakes_, what);

	if (level_ == Level::location) {
		if (location_ && location_->route)
			reader.fail().text("the location already has a reply");
		return location_ && !location_->route ? location_ : nullptr;
	}
	if (words.empty())
		return nullptr;
	const Bytes pattern = words[0];
	const bool prefix = pattern.ends_with("/*"_b);
	const Bytes path = reader.read_path(pattern.prefix(pattern.size() - prefix));
	words = words.subspan(1);
	return path.empty() ?
		       nullptr :
		       add_rule(prefix ? RuleKind::prefix : RuleKind::exact, path, pattern, what);
}

void Builder::read_reply()
{
	std::span<const Bytes> words = line_.values();
	RouteReader reader(place(), config_.memory, mistakes_, "reply");

	if (Rule *rule = begin_rule(words, "reply"))
		rule->route = reader.read_reply(words, RouteReader::Texts::plain,
						config_.settings.drain_);
}

void Builder::read_redirect()
{
	std::span<const Bytes> words = line_.values();
	RouteReader reader(place(), config_.memory, mistakes_, "redirect");

	if (Rule *rule = begin_rule(words, "redirect"))
		rule->route = reader.read_redirect(words, rule->kind == RuleKind::prefix);
}

} // namespace khttpd
