// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What spares a look for a place changes no answer: the filters of the table, the memo of sites,
// and what is carried from a request's answer to the look for its file.
#include <algorithm>

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

std::string random_host(Random &random)
{
	std::string host;

	for (u64 labels = 1 + random.below(4); labels > 0; labels--) {
		host += host.empty() ? "" : ".";
		host += std::string(1 + random.below(random.below(9) ? 4 : 40),
				    "abAB"[random.below(4)]);
	}
	if (random.below(3) == 0)
		host += random.below(2) ? ":80" : ".";
	return host;
}

// Names of sites, the first of which is number 1.
std::vector<std::string> random_names(Random &random)
{
	std::vector<std::string> names;

	if (random.below(2))
		names.push_back("*");
	for (u64 count = 1 + random.below(20); count > 0; count--) {
		std::string name = random_host(random);

		for (char &c : name)
			c = static_cast<char>(to_lower(static_cast<u8>(c)));
		name = (random.below(3) ? "" : "*.") + name.substr(0, name.find(':'));
		if (name.back() == '.')
			name.pop_back();
		if (std::find(names.begin(), names.end(), name) == names.end())
			names.push_back(name);
	}
	return names;
}

std::string sites_of(const std::vector<std::string> &names)
{
	std::string text;

	for (const std::string &name : names)
		text += "[site " + name + "]\n";
	return text;
}

// What docs/configuration.md says, name by name.
u16 look_through_names(const std::vector<std::string> &names, std::string host)
{
	size_t longest = 0;
	u16 best = 0;

	host = host.substr(0, host.find(':'));
	if (!host.empty() && host.back() == '.')
		host.pop_back();
	for (char &c : host)
		c = static_cast<char>(to_lower(static_cast<u8>(c)));
	for (u16 i = 0; i < names.size(); i++) {
		const std::string &name = names[i];
		const std::string behind = name.substr(1);

		if (name == host)
			return static_cast<u16>(i + 1);
		if (name[0] == '*' && name.size() > longest && host.size() > behind.size() &&
		    (name == "*" || Bytes(bytes_of(host)).ends_with(bytes_of(behind)))) {
			longest = name.size();
			best = static_cast<u16>(i + 1);
		}
	}
	return best;
}

// All bytes zero, as the module's is at first.
SiteMemo empty_memo_of_sites()
{
	SiteMemo memo;

	memset(static_cast<void *>(&memo), 0, sizeof(memo));
	return memo;
}

u16 remembered(SiteMemo &memo, const khttpd_config *config, const std::string &host)
{
	const Exact exact(bytes_of(host));

	return memo.find_site(config->places, config->top->generation, exact.bytes());
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

TEST_CASE("places: any names and hosts, as a look through all names has it, and remembered")
{
	Random random(7);

	for (u32 round = 0; round < 100; round++) {
		const std::vector<std::string> names[] = {random_names(random),
							  random_names(random)};
		TextConfig one(sites_of(names[0])), two(sites_of(names[1]));
		SiteMemo memo = empty_memo_of_sites();
		std::vector<std::string> hosts;

		REQUIRE(one.mistakes == "");
		REQUIRE(two.mistakes == "");
		for (u32 i = 0; i < 1000; i++) {
			const bool second = random.below(2);
			const TextConfig &owner = second ? two : one;

			if (hosts.size() < 40)
				hosts.push_back(random_host(random));
			std::string host = hosts[random.below(hosts.size())];
			if (random.below(8) == 0)
				host[random.below(std::min(host.find_first_of(":."),
							   host.size()))] ^= 0x20; // its case
			const Exact exact(bytes_of(host));
			const u16 site = owner.config->places.find_site(exact.bytes());
			CAPTURE(host);
			REQUIRE(site == look_through_names(names[second], host));
			REQUIRE(remembered(memo, owner.config, host) == site);
		}
	}
}

TEST_CASE("places: hosts of every length are remembered for one configuration, or not at all")
{
	TextConfig nobody("[site *]\n"), top("");

	for (usize size = 0; size < 300; size++) {
		SiteMemo memo = empty_memo_of_sites();
		const std::string host(size, 'h');

		CAPTURE(size);
		CHECK(remembered(memo, nobody.config, host) == 1);
		// Another table under the same number: what is kept is not looked up again.
		const bool kept = memo.find_site(top.config->places, nobody.config->top->generation,
						 bytes_of(host)) == 1;
		CHECK(kept == (size >= 8 && size <= 53));
		CHECK(remembered(memo, top.config, host) == 0);
		CHECK(remembered(memo, nobody.config, host) == 1);
	}
}

TEST_CASE("places: a host that is like the last one but for a byte is another")
{
	const std::string host = "www.example.org:8080";
	TextConfig owner("[site www.example.org]\n");

	for (usize at = 0; at < host.size(); at++) {
		SiteMemo memo = empty_memo_of_sites();
		std::string other = host;

		other[at] = other[at] == '.' ? 'x' : static_cast<char>(other[at] ^ 1);
		CAPTURE(other);
		CHECK(remembered(memo, owner.config, host) == 1);
		CHECK(remembered(memo, owner.config, other) ==
		      owner.config->places.find_site(bytes_of(other)));
		CHECK(remembered(memo, owner.config, host) == 1);
	}
}

TEST_CASE("places: hosts that are alike but for their length")
{
	TextConfig owner("[site " + std::string(20, 'h') + "]\n");

	REQUIRE(owner.mistakes == "");
	for (usize size = 1; size < 60; size++) {
		for (usize other = 1; other < 60; other++) {
			SiteMemo memo = empty_memo_of_sites();

			CHECK(remembered(memo, owner.config, std::string(size, 'h')) ==
			      (size == 20));
			CHECK(remembered(memo, owner.config, std::string(other, 'h')) ==
			      (other == 20));
		}
	}
}

TEST_CASE("places: the same host on one processor before and after a change")
{
	const auto text = [](const char *host, const char *reply) {
		return "[site " + std::string(host) + "]\nreply = / 200 a/b " + reply +
		       "\n[site *]\nreply = / 200 a/b other\n";
	};
	TextConfig one(text("www.example.org", "one")), two(text("www.example.com", "two"));

	khttpd_model::forget_requests();
	for (int i = 0; i < 3; i++) {
		CHECK(content_of_reply(ask_host(one, "www.example.org", "/")) == "one");
		CHECK(content_of_reply(ask_host(one, "WWW.EXAMPLE.ORG", "/")) == "one");
		CHECK(content_of_reply(ask_host(one, "www.example.org:81", "/")) == "one");
		CHECK(content_of_reply(ask_host(one, "www.example.com", "/")) == "other");
		CHECK(content_of_reply(ask_host(two, "www.example.org", "/")) == "other");
		CHECK(content_of_reply(ask_host(two, "www.example.com", "/")) == "two");
		// Of an absolute target as well.
		CHECK(content_of_reply(ask_host(one, "x", "http://www.example.org/")) == "one");
		CHECK(content_of_reply(ask_host(two, "x", "http://www.example.org/")) == "other");
	}
}

TEST_CASE("places: a change between a request's answer and the look for its file")
{
	Site one, two;
	one.write("a", "one");
	two.write("a", "two");
	const std::string first = "docroot = " + one.path.string() + "\n";
	const std::string second = "docroot = " + two.path.string() + "\n";
	const auto asked = [](const std::string &before, const std::string &after) {
		TextConfig old(before), fresh(after);
		Client client(old.config);

		REQUIRE(old.mistakes == "");
		REQUIRE(fresh.mistakes == "");
		client.resolve_with(fresh.config);
		client.send("GET /a HTTP/1.1\r\nHost: www.example.org\r\n\r\n");
		CHECK(client.resolved == 1);
		return client.received;
	};
	const std::string site = "[site www.example.org]\n";

	CHECK(content_of_reply(asked(first, second)) == "two");
	CHECK(content_of_reply(asked(first + site, second + site)) == "two");
	CHECK(content_of_reply(asked(first + site + second, second + site + first)) == "one");
	CHECK(content_of_reply(asked(first, first + site + second)) == "two");
	CHECK(content_of_reply(asked(first + "reply = /a 200 a/b file:/a\n", second)) == "two");
	CHECK(content_of_reply(asked(first, second + "reply = /a 200 a/b file:/a\n")) == "two");
	CHECK(asked(first, second + "deny = all\n").find("HTTP/1.1 403 ") == 0);
	CHECK(asked(first + site, second + site + "deny = all\n").find("HTTP/1.1 403 ") == 0);
	CHECK(asked(first + site, site + "reply = /a 410 a/b gone\n").find("HTTP/1.1 410 ") == 0);
}

TEST_CASE("places: a body in chunks before a file that has to be looked for, and after it")
{
	Site site;
	site.write("a", "file");
	TextConfig owner("docroot = " + site.path.string() + "\n[location /b/]\n");
	const std::string head = "GET /a HTTP/1.1\r\nHost: www.example.org\r\n";
	const std::string chunked =
		head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
	Client client(owner.config);

	for (int i = 0; i < 3; i++) {
		world.ticks += kLookIsDue;
		client.send(chunked + head + "\r\n");
		world.ticks += kLookIsDue;
		for (char c : chunked)
			client.send(std::string(1, c));
	}
	CHECK(client.open);
	CHECK(count(client.received, "HTTP/1.1 200 ") == 9);
	CHECK(count(client.received, "\r\n\r\nfile") == 9);
	CHECK(client.resolved >= 6);
}

} // namespace khttpd
