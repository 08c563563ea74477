// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What spares a look for a place changes no answer.
#include "config/config.h"
#include "server_support.h"

namespace khttpd {

namespace {

// A rule as the text has it, and the line that tells it from others.
struct Told {
	std::string text;
	RuleKind kind;
	bool reply;
	std::string name;
};

std::string ending_of(const std::string &path)
{
	const size_t dot = path.find_last_of("./");

	return dot == path.npos || path[dot] == '/' ? "" : path.substr(dot + 1);
}

// What docs/configuration.md says, rule by rule: the name of what holds.
std::string look_through(const std::vector<Told> &rules, const std::string &path)
{
	const Told *prefix = nullptr, *ending = nullptr;

	for (const Told &rule : rules) {
		if (rule.kind == RuleKind::exact && rule.text == path)
			return rule.name;
		if (rule.kind == RuleKind::prefix &&
		    path.compare(0, rule.text.size(), rule.text) == 0 &&
		    (!prefix || rule.text.size() > prefix->text.size()))
			prefix = &rule;
		if (rule.kind == RuleKind::ending && rule.text == ending_of(path))
			ending = &rule;
	}
	if (prefix && (prefix->reply || !ending))
		return prefix->name;
	return ending ? ending->name : "";
}

std::string name_of(const Match &match)
{
	return match.route ? text_of(match.route->reply.content) :
			     text_of(match.place->cache_control);
}

// Of few letters, so that paths and rules meet; now and then with many segments.
std::string random_path(Random &random)
{
	const u64 segments = random.below(40) ? random.below(4) : 29 + random.below(6);
	std::string path;

	for (u64 i = 0; i < segments; i++) {
		path += '/';
		for (u64 size = 1 + random.below(segments > 4 ? 1 : 3); size > 0; size--)
			path += "ab.c"[random.below(i || size > 1 ? 4 : 2)];
		while (path.back() == '.')
			path.back() = 'a';
	}
	return path.empty() || random.below(3) == 0 ? path + "/" : path;
}

Told random_rule(Random &random, const std::string &name)
{
	const bool reply = random.below(2);

	if (random.below(8) == 0)
		return {std::string(1, "abc"[random.below(3)]), RuleKind::ending, reply, name};
	std::string path = random_path(random);
	if (random.below(2) == 0)
		return {path, RuleKind::exact, reply, name};
	return {path.back() == '/' ? path : path + "/", RuleKind::prefix, reply, name};
}

std::string lines_of(const Told &rule)
{
	const std::string what = rule.kind == RuleKind::ending ? "*." + rule.text :
				 rule.kind == RuleKind::exact  ? "= " + rule.text :
								 rule.text;

	return "[location " + what + "]\n" +
	       (rule.reply ? "reply = 200 a/b " : "cache_control = ") + rule.name + "\n";
}

// Rules of which no two are for the same.
std::vector<Told> random_rules(Random &random, u64 count, const std::string &name)
{
	std::vector<Told> rules;

	while (count--) {
		const Told rule = random_rule(random, name + std::to_string(count));
		bool there = false;

		for (const Told &other : rules)
			there = there || (other.kind == rule.kind && other.text == rule.text);
		if (!there)
			rules.push_back(rule);
	}
	return rules;
}

} // namespace

TEST_CASE("places: any rules and paths, as a look through all rules has it")
{
	Random random(6);

	for (u32 round = 0; round < 300; round++) {
		const u64 most = round % 3 == 0 ? 4 : round % 3 == 1 ? 30 : 400;
		const std::vector<Told> sites[] = {
			random_rules(random, random.below(most), "top"),
			random_rules(random, random.below(most), "one"),
			random_rules(random, random.below(most), "two"),
		};
		std::string text;

		for (const Told &rule : sites[0])
			text += lines_of(rule);
		text += "[site one]\n";
		for (const Told &rule : sites[1])
			text += lines_of(rule);
		text += "[site two]\n";
		for (const Told &rule : sites[2])
			text += lines_of(rule);
		TextConfig owner(text);
		REQUIRE(owner.mistakes == "");
		for (u32 i = 0; i < 300; i++) {
			const u16 site = static_cast<u16>(random.below(3));
			const std::vector<Told> &rules = sites[site];
			std::string path = random_path(random);

			if (i % 3 == 0 && !rules.empty())
				path = rules[random.below(rules.size())].text;
			if (path[0] != '/')
				path = "/a/b." + path;
			if (i % 9 == 0)
				path += path.back() == '/' ? "b" : "/";
			CAPTURE(text);
			CAPTURE(path);
			CAPTURE(site);
			const Exact exact(bytes_of(path));
			REQUIRE(name_of(owner.config->places.find(site, exact.bytes())) ==
				look_through(rules, path));
		}
	}
}

} // namespace khttpd
