// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/settings.h"

#include <map>

namespace khttpdctl {

namespace {

// What a site or a location can have of the settings of earlier versions.
struct PlaceRule {
	const char *name;
	unsigned scopes;
};

constexpr PlaceRule kPlaceRules[] = {
	{"docroot", kAnywhere},	  {"autoindex", kAnywhere},   {"cache_control", kAnywhere},
	{"charset", kAnywhere},	  {"error_pages", kAnywhere}, {"precompressed", kAnywhere},
	{"routes", kTop | kSite}, {"access_log", kAnywhere},  {"server_field", kAnywhere},
};

unsigned scopes_of(std::string_view name)
{
	for (const PlaceRule &rule : kPlaceRules) {
		if (name == rule.name)
			return rule.scopes;
	}
	return kTop;
}

void add_number(std::vector<Setting> &all, const char *name, uint64_t low, uint64_t high,
		const char *unit, const char *fallback)
{
	all.push_back({name, Kind::number, low, high, unit, fallback, Again::mistake,
		       scopes_of(name), std::string(name) + " = NUMBER"});
}

void add_boolean(std::vector<Setting> &all, const char *name, const char *fallback)
{
	all.push_back({name, Kind::boolean, 0, 1, "", fallback, Again::mistake, scopes_of(name),
		       std::string(name) + " = on|off"});
}

void add_words(std::vector<Setting> &all, const char *name, unsigned scopes, Again again,
	       const char *fallback, const char *form)
{
	all.push_back({name, Kind::words, 0, 0, "", fallback, again, scopes, form});
}

void add_text(std::vector<Setting> &all, const char *name, const char *fallback)
{
	const std::string_view view = name;

	// One name of a file before, a list of them now.
	if (view == "index") {
		add_words(all, name, kAnywhere, Again::words, fallback, "index = NAME...");
		return;
	}
	all.push_back({name, Kind::text, 0, 0, "", fallback,
		       view == "bind" ? Again::commas : Again::mistake, scopes_of(name),
		       std::string(name) + " = TEXT"});
}

std::vector<Setting> make_settings()
{
	std::vector<Setting> all;

#define KH_UINT(name, value, low, high, unit, description) \
	add_number(all, #name, low, high, unit, #value);
#define KH_BOOL(name, value, description) add_boolean(all, #name, #value);
#define KH_TEXT(name, type, value, low, high, description) add_text(all, #name, value);
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	add_words(all, "try", kAnywhere, Again::mistake, nullptr, "try = CANDIDATE...");
	add_words(all, "header", kAnywhere, Again::line, nullptr,
		  "header = set|add NAME VALUE, or header = remove NAME");
	add_words(all, "redirect", kAnywhere, Again::line, nullptr,
		  "redirect = FROM TO [STATUS] [query], in a location without FROM");
	add_words(all, "reply", kAnywhere, Again::line, nullptr,
		  "reply = PATH STATUS [TYPE TEXT] [retry=SECONDS], in a location without PATH");
	add_words(all, "error_page", kAnywhere, Again::line, nullptr, "error_page = STATUS /NAME");
	add_words(all, "type", kAnywhere, Again::line, nullptr, "type = .ENDING TYPE/SUBTYPE");
	add_words(all, "default_type", kAnywhere, Again::mistake, nullptr,
		  "default_type = TYPE/SUBTYPE");
	add_words(all, "methods", kAnywhere, Again::mistake, nullptr, "methods = METHOD...");
	// The first of either that an address is within holds, so their order is kept.
	add_words(all, "allow", kAnywhere, Again::line, nullptr, "allow = NETWORK...");
	add_words(all, "deny", kAnywhere, Again::line, nullptr, "deny = NETWORK...");
	add_words(all, "proxy_protocol", kTop, Again::line, nullptr, "proxy_protocol = NETWORK...");
	add_words(all, "forwarded", kTop, Again::line, nullptr,
		  "forwarded = [x-forwarded-for|forwarded] NETWORK...");
	add_words(all, "rate", kAnywhere, Again::mistake, nullptr,
		  "rate = NUMBER/s BURST, rate = NUMBER/m BURST or rate = off");
	add_boolean(all, "server_field", "1");
	return all;
}

} // namespace

const std::vector<Setting> &all_settings()
{
	static const std::vector<Setting> all = make_settings();

	return all;
}

const Setting *find_setting(std::string_view name)
{
	static const std::map<std::string_view, const Setting *> by_name = [] {
		std::map<std::string_view, const Setting *> map;

		for (const Setting &setting : all_settings())
			map[setting.name] = &setting;
		return map;
	}();
	const auto found = by_name.find(name);

	return found == by_name.end() ? nullptr : found->second;
}

const std::vector<std::string> &setting_names()
{
	static const std::vector<std::string> names = [] {
		std::vector<std::string> list;

		for (const Setting &setting : all_settings())
			list.push_back(setting.name);
		return list;
	}();

	return names;
}

} // namespace khttpdctl
