// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* khttpdctl show: what a configuration says, with the defaults of what it does not. */
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.h"
#include "configuration.h"
#include "exit_status.h"
#include "language/spelling.h"
#include "machine/module.h"

namespace khttpdctl {

namespace {

using Json = nlohmann::ordered_json;

// A text of earlier versions as it can be read again: in double quotes where it would be taken for
// something else, and nothing when it is empty.
std::string spell_text(const std::string &text)
{
	const bool quotes = text.find(" #") != text.npos || text[0] == '#' || text[0] == '\'' ||
			    trim(text) != text;

	if (text.empty())
		return "";
	return quotes && text.find('"') == text.npos ? " \"" + text + "\"" : " " + text;
}

std::string spell_value(const Setting &setting, const std::vector<Word> &words)
{
	std::string value;

	if (setting.kind == Kind::text)
		return spell_text(words[0].text);
	for (const Word &word : words)
		value += " " + spell_in_file(word.text);
	return value;
}

std::vector<Word> default_words(const Setting &setting)
{
	return {Word{setting.fallback, {}, false}};
}

class Printer {
public:
	Printer(const Configuration &configuration, bool origin)
		: configuration_(configuration), origin_(origin)
	{
	}

	void print()
	{
		const Document &document = configuration_.document();

		for (const Setting &setting : all_settings())
			print_top(setting);
		// In their own order, which may matter.
		for (const Entry &entry : document.top.entries) {
			if (entry.setting->again == Again::line)
				print_entry(entry);
		}
		for (const Section &location : document.top.locations)
			print_section(location);
		for (const Section &site : document.sites)
			print_section(site);
	}

private:
	void print_line(const Place *place, const std::string &text)
	{
		if (origin_ && place)
			fmt::print("{}:{}\t", printable(configuration_.sources()[place->file].name),
				   place->line);
		else if (origin_)
			fmt::print("default\t");
		fmt::print("{}\n", text);
	}

	void print_entry(const Entry &entry)
	{
		print_line(&entry.place, fmt::format("{} ={}", entry.setting->name,
						     spell_value(*entry.setting, entry.words)));
	}

	void print_top(const Setting &setting)
	{
		const Entry *entry = configuration_.document().top.find(setting.name);

		if (entry && setting.again != Again::line)
			print_entry(*entry);
		else if (!entry && setting.fallback)
			print_line(nullptr,
				   fmt::format("{} ={}", setting.name,
					       spell_value(setting, default_words(setting))));
	}

	void print_section(const Section &section)
	{
		std::string header = section.kind == kSite ? "[site" : "[location";

		for (const Word &word : section.words)
			header += " " + spell_in_file(word.text);
		if (!origin_)
			fmt::print("\n");
		print_line(&section.place, header + "]");
		for (const Entry &entry : section.entries)
			print_entry(entry);
		for (const Section &location : section.locations)
			print_section(location);
	}

	const Configuration &configuration_;
	bool origin_;
};

class JsonMaker {
public:
	JsonMaker(const Configuration &configuration, bool origin)
		: configuration_(configuration), origin_(origin)
	{
	}

	Json make() const
	{
		const Document &document = configuration_.document();
		Json all = section(document.top);

		all["sites"] = Json::array();
		for (const Section &site : document.sites)
			all["sites"].push_back(section(site));
		return all;
	}

private:
	static Json value(const Setting &setting, const std::vector<Word> &words)
	{
		Json list = Json::array();

		if (setting.kind == Kind::number)
			return std::stoull(words[0].text);
		if (setting.kind == Kind::boolean)
			return words[0].text == "1";
		if (setting.kind == Kind::text)
			return words[0].text;
		for (const Word &word : words)
			list.push_back(word.text);
		return list;
	}

	Json with_origin(Json value, const Place *place) const
	{
		if (!origin_)
			return value;
		Json object = {{"value", std::move(value)}};
		if (place) {
			object["file"] = configuration_.sources()[place->file].name;
			object["line"] = place->line;
		}
		return object;
	}

	// Of allow and deny the first that fits holds: they are one list, in their order.
	Json access(const Section &section) const
	{
		Json list = Json::array();

		for (const Entry &entry : section.entries) {
			if (!is_access(*entry.setting))
				continue;
			Json rule = value(*entry.setting, entry.words);
			rule.insert(rule.begin(), entry.setting->name);
			list.push_back(with_origin(std::move(rule), &entry.place));
		}
		return list;
	}

	static bool is_access(const Setting &setting)
	{
		return setting.name == "allow" || setting.name == "deny";
	}

	void add(Json &settings, const Section &section, const Setting &setting) const
	{
		for (const Entry &entry : section.entries) {
			if (entry.setting != &setting)
				continue;
			Json made = with_origin(value(setting, entry.words), &entry.place);
			if (setting.again == Again::line)
				settings[setting.name].push_back(std::move(made));
			else
				settings[setting.name] = std::move(made);
		}
		if (section.kind == kTop && setting.fallback && !settings.contains(setting.name))
			settings[setting.name] =
				with_origin(value(setting, default_words(setting)), nullptr);
	}

	Json section(const Section &section) const
	{
		Json object = Json::object();
		Json settings = Json::object();
		Json words = Json::array();

		for (const Word &word : section.words)
			words.push_back(word.text);
		if (section.kind != kTop)
			object[section.kind == kSite ? "names" : "pattern"] = std::move(words);
		for (const Setting &setting : all_settings()) {
			if (!is_access(setting))
				add(settings, section, setting);
		}
		if (Json rules = access(section); !rules.empty())
			settings["access"] = std::move(rules);
		object["settings"] = std::move(settings);
		if (section.kind == kLocation)
			return object;
		object["locations"] = Json::array();
		for (const Section &location : section.locations)
			object["locations"].push_back(this->section(location));
		return object;
	}

	const Configuration &configuration_;
	bool origin_;
};

void print_json(const Configuration &configuration, bool origin)
{
	// Names of files need not be UTF-8.
	fmt::print("{}\n", JsonMaker(configuration, origin)
				   .make()
				   .dump(2, ' ', false, Json::error_handler_t::replace));
}

int show_in_force(const Machine &machine, bool json)
{
	const std::string text = machine.text_of(kConfigFile) + "\n";
	Configuration configuration;

	if (!json) {
		std::fwrite(text.data(), 1, text.size(), stdout);
		return kOk;
	}
	configuration.read_in_force(text);
	print_json(configuration, false);
	return kOk;
}

} // namespace

int run_show(const Options &options)
{
	const Machine machine(options.root);
	Configuration configuration;

	// What is in force comes from no file.
	if (!options.conf_given && !options.origin && Module(machine).serves())
		return show_in_force(machine, options.json);
	const int status = configuration.read(options.conf);
	if (status != kOk)
		return status;
	if (!configuration.report(!options.quiet))
		return kBadConfig;
	if (options.canonical)
		std::fwrite(configuration.canonical().text.data(), 1,
			    configuration.canonical().text.size(), stdout);
	else if (options.json)
		print_json(configuration, options.origin);
	else
		Printer(configuration, options.origin).print();
	return kOk;
}

} // namespace khttpdctl
