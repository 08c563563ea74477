// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Settings of places: types, methods, addresses and rates; and what is refused of a text.
#include "server_support.h"

namespace khttpd {

TEST_CASE("places: types, methods, the log and what the server says of itself")
{
	Site site;
	site.write("a.md", "md");
	site.write("b", "b");
	site.write("large.md", std::string(100, 'x'));
	TextConfig owner("docroot = " + site.path.string() +
			 "\ntype = .md text/markdown\ndefault_type = text/plain\n"
			 "access_log = 1\nserver_field = 0\nreply = /quiet 200 a/b q\n"
			 "[location /b/]\nmethods = GET\n[location = /b]\n"
			 "type = .md a/b\nmethods = GET\naccess_log = 0\n"
			 "[site other]\nserver_field = 1\nmethods = OPTIONS\n");

	REQUIRE(owner.mistakes == "");
	for (int i = 0; i < 2; i++) {
		CHECK(field_of_reply(ask_host(owner, "x", "/a.md"), "Content-Type") ==
		      "text/markdown; charset=utf-8");
		CHECK(field_of_reply(ask_host(owner, "x", "/a.md", "Range: bytes=0-0\r\n"),
				     "Content-Type") == "text/markdown; charset=utf-8");
		CHECK(field_of_reply(ask_host(owner, "x", "/b"), "Content-Type") ==
		      "text/plain; charset=utf-8");
	}
	const std::string parts = ask_host(owner, "x", "/large.md", "Range: bytes=0-0,5-6\r\n");
	CHECK(count(parts, "\r\nContent-Type: text/markdown; charset=utf-8\r\n") == 2);
	for (const char *path : {"/a.md", "/quiet", "/none", "/%"})
		CHECK(field_of_reply(ask_host(owner, "x", path), "Server").empty());
	CHECK(field_of_reply(ask_host(owner, "other", "/a.md"), "Server") == "khttpd");
	CHECK(field_of_reply(ask_host(owner, "other", "/a.md"), "Allow") == "OPTIONS");
	Client client(owner.config);
	client.send("HEAD /b HTTP/1.1\r\nHost: x\r\n\r\nOPTIONS /b HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(count(client.received, "HTTP/1.1 405 ") == 2);
	CHECK(count(client.received, "\r\nAllow: GET\r\n") == 2);
}

TEST_CASE("places: what is not in the cache keeps its type when the configuration goes")
{
	Site site;
	site.write("a.md", "md", static_cast<long>(world.unix_seconds)); // too new to be kept
	const std::string text = "docroot = " + site.path.string() + "\ntype = .md text/markdown\n";
	TextConfig first("docroot = " + site.path.string() + "\ncache_size = 0\n");
	auto second = std::make_unique<TextConfig>(text + "cache_size = 0\n");
	Client client(first.config);

	client.resolve_with(second->config);
	client.send(get_text("/a.md"));
	CHECK(field_of_reply(client.received, "Content-Type") == "text/markdown; charset=utf-8");
}

namespace {

bool bit_of(const u8 *bytes, u32 at)
{
	return bytes[at / 8] >> (7 - at % 8) & 1;
}

} // namespace

TEST_CASE("places: a network of any size is told from its neighbours by each bit that counts")
{
	Random random(8);

	for (u32 bits = 0; bits <= 128; bits++) {
		AccessRule rule;
		u8 address[kAddressSize];
		std::string text;

		// No IPv4 address, mapped or not.
		for (u8 &byte : address)
			byte = static_cast<u8>(random.next());
		address[0] |= 0x20;
		for (u32 i = 0; i < 16; i += 2) {
			char group[8];
			u32 value = 0;

			for (u32 at = 8 * i; at < 8 * i + 16; at++)
				value = value << 1 | (at < bits && bit_of(address, at));
			snprintf(group, sizeof(group), "%s%x", i ? ":" : "", value);
			text += group;
		}
		text += "/" + std::to_string(bits);
		CAPTURE(text);
		REQUIRE(read_network(bytes_of(text), rule));
		for (u32 flipped = 0; flipped <= 128; flipped++) {
			u32 compared = 0;

			if (flipped < 128)
				address[flipped / 8] ^= static_cast<u8>(0x80 >> flipped % 8);
			CAPTURE(flipped);
			REQUIRE(is_allowed({&rule, 1}, address, compared) == (flipped < bits));
			CHECK(compared == 1);
			if (flipped < 128)
				address[flipped / 8] ^= static_cast<u8>(0x80 >> flipped % 8);
		}
	}
}

TEST_CASE("places: each network that an address is held against is counted as work")
{
	const auto work = [](const std::string &text, const std::string &requests) {
		TextConfig owner(text);
		Client client(owner.config);

		REQUIRE(owner.mistakes == "");
		world.work = 0;
		client.send(requests);
		return world.work;
	};
	std::string many = "deny =";

	for (int i = 0; i < 100; i++)
		many += " 10.0." + std::to_string(i) + ".0/24";
	many += "\n";
	const std::string page = get_text("/"), html = get_text("/a/b.html");
	const std::string ending = "[location *.html]\ndeny = 10.1.0.0/16\nallow = all\n";

	CHECK(work("", page) == 0);
	CHECK(work("[location /a/]\n" + many, page) == 0);
	CHECK(work(many, page) == 100);
	CHECK(work(many, page + page + page) == 300);
	CHECK(work("allow = 192.0.2.0/24\n" + many, page) == 1);
	CHECK(work(many + "allow = 192.0.2.7\ndeny = all\n", page) == 101);
	CHECK(work("[location /a/]\n" + many + ending, html) == 102);
	CHECK(work("deny = all\n" + ending, html) == 2);
	CHECK(work("[location /a/]\ndeny = all\n" + ending, html) == 3);
}

TEST_CASE("places: addresses that are answered")
{
	const auto status = [](const std::string &rules) {
		TextConfig owner(rules);

		REQUIRE(owner.mistakes == "");
		return ask_host(owner, "x", "/").substr(9, 3);
	};
	const auto refused = [](const std::string &rules) { return TextConfig(rules).mistakes; };

	CHECK(status("deny = all\n") == "403");
	CHECK(status("allow = 192.0.2.0/24\ndeny = all\n") == "200");
	CHECK(status("allow = 192.0.2.0/29 10.0.0.0/8\ndeny = all\n") == "200");
	CHECK(status("allow = 192.0.2.0/30\ndeny = all\n") == "403");
	CHECK(status("deny = 192.0.2.7\n") == "403");
	CHECK(status("deny = 192.0.2.6\n") == "200");
	CHECK(status("deny = 0.0.0.0/0\n") == "403");
	CHECK(status("deny = ::/0\n") == "200");
	CHECK(status("allow = 10.0.0.0/8 ::/0\ndeny = all\n") == "403");
	CHECK(status("deny = all\n[location *.html]\nallow = all\n") == "403");
	CHECK(status("deny = 2001:db8::/32\n") == "200");
	CHECK(status("deny = ::ffff:192.0.2.7\n") == "403");
	CHECK(status("deny = all\n[site x]\nallow = all\n") == "200");
	CHECK(status("deny = all\n[site x]\n") == "403");
	const u8 ipv6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
	u8 before[16];
	std::memcpy(before, world.address, 16);
	std::memcpy(world.address, ipv6, 16);
	CHECK(status("deny = 2001:db8::/32\n") == "403");
	CHECK(status("deny = 2001:db8:1::9\n") == "403");
	CHECK(status("deny = 2001:db8:1:0:0:0:0:9/128\n") == "403");
	CHECK(status("deny = 2001:db8::/47\n") == "403");
	CHECK(status("deny = 2001:db8:2::/47\n") == "200");
	CHECK(status("deny = 0.0.0.0/0\n") == "200");
	std::memcpy(world.address, before, 16);
	for (const char *wrong :
	     {"192.0.2.1/24", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4/33", "::1/129",
	      "2001:db8::1/64", "localhost", "01.2.3.4", "1.2.3.4/", "fe80::1%eth0"}) {
		CAPTURE(wrong);
		CHECK(refused("deny = " + std::string(wrong) + "\n").find("1: deny: ") == 0);
	}
	CHECK(refused("methods = GET POST\n") ==
	      "1: methods: POST is not GET, HEAD or OPTIONS, each at most once");
	CHECK(refused("type = md text/x\n") == "1: type: must be .ENDING TYPE/SUBTYPE");
	CHECK(refused("type = .md text\n").find("1: type: text is not a media type") == 0);
	CHECK(refused("server_field = off\n") == "1: server_field: must be 0 or 1");
}

TEST_CASE("places: an ending opens nothing that is closed around it")
{
	Site site;
	site.write("in/a.css", "a");
	site.write("b.css", "b");
	TextConfig owner("docroot = " + site.path.string() +
			 "\n[location *.css]\ncache_control = x\n[location /in/]\ndeny = all\n");

	CHECK(ask_host(owner, "x", "/in/a.css").find("HTTP/1.1 403 ") == 0);
	CHECK(ask_host(owner, "x", "/in/none").find("HTTP/1.1 403 ") == 0);
	CHECK(ask_host(owner, "x", "/b.css").find("HTTP/1.1 200 ") == 0);
}

TEST_CASE("places: who asks too often is told when to come again")
{
	TextConfig owner("rate = 10/s 2\nreply = /free 204\n[location = /in]\nrate = 30/m 1\n"
			 "[location = /out]\nrate = off\n");
	const u32 before = world.rate_left;

	REQUIRE(owner.mistakes == "");
	world.rate_left = 0;
	const std::string reply = ask_host(owner, "x", "/");
	CHECK(reply.find("HTTP/1.1 429 ") == 0);
	CHECK(field_of_reply(reply, "Retry-After") == "7");
	CHECK(ask_host(owner, "x", "/free").find("HTTP/1.1 429 ") == 0);
	CHECK(ask_host(owner, "x", "/out").find("HTTP/1.1 404 ") == 0);
	world.rate_left = 3;
	const u32 top = world.rate_place;
	CHECK(ask_host(owner, "x", "/in").find("HTTP/1.1 404 ") == 0);
	CHECK(world.rate_place != top);
	// A request that announces its body counts once.
	Client waits(owner.config);
	waits.send(
		"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
	waits.send("x");
	CHECK(world.rate_left == 1);
	// So does one whose reply had no room at first.
	TextConfig late("body = " + std::string(2000, 'b') + "\n[location = /r]\nrate = 1/s 1\n" +
			"redirect = https://example.org/" + std::string(7000, 'x') +
			" 301 query\n");
	std::string pipeline;
	REQUIRE(late.mistakes == "");
	for (int i = 0; i < 5; i++)
		pipeline += kGet;
	Client client(late.config);
	client.send(pipeline + get_text("/r"));
	CHECK(count(client.received, "HTTP/1.1 301 ") == 1);
	CHECK(world.rate_left == 0);
	world.rate_left = before;
	for (const char *wrong : {"10", "10/s", "0/s 1", "10/s 0", "10/h 1", "x/s 1", "/s 1"})
		CHECK(TextConfig("rate = " + std::string(wrong) + "\n")
			      .mistakes.find("1: rate: must be ") == 0);
}

TEST_CASE("places: mistakes are told with their lines, all of them")
{
	const auto refused = [](const std::string &text) { return TextConfig(text).mistakes; };

	CHECK(refused("port = 0\nport = 80\nnothing = 1\n") ==
	      "1: port=0 is out of range: 1..65535\n2: port is set twice, first in line 1\n"
	      "3: nothing is not a setting");
	CHECK(refused("port = 080 90\n") == "1: port takes one value");
	CHECK(refused("port=80\n") == "1: is not NAME = VALUE");
	CHECK(refused("body = a  b\n") == "1: lacks a word, or has two spaces");
	CHECK(refused("body = \"ab\"\n") == "1: has quotes around a word that needs none");
	CHECK(refused("body = \"a b\n") == "1: has quotes that are not closed");
	CHECK(refused("body = \"a \\x\"\n") == "1: has an escape other than \\\" \\\\ \\n \\t");
	CHECK(refused("[server x]\n") == "1: is neither [site NAME] nor [location PATTERN]");
	CHECK(refused("[site x\n") == "1: does not end with ]");
	CHECK(refused("[site x:80]\n") ==
	      "1: site x:80 is neither a host name without a port nor *.NAME nor *");
	CHECK(refused("[site x]\n[site y X]\n[site *]\n[site *]\n") ==
	      "2: site X is already defined\n4: site * is already defined");
	CHECK(refused("[site x]\nport = 1\n") ==
	      "2: port applies to the whole server: write it before the first section");
	CHECK(refused("[location /a]\n") ==
	      "1: location /a is neither /PATH/ for everything below it, = /PATH for "
	      "one path, nor *.ENDING");
	CHECK(refused("redirect = /a /b 301\n[location = /a]\n") ==
	      "2: location: /a is already defined in line 1");
	CHECK(refused("redirect = /a /b/%zz 301\n").find("1: redirect: /b/%zz is not an address") ==
	      0);
	CHECK(refused("redirect = /a //evil.example/ 301\n").find("1: redirect: //evil.exam") == 0);
	for (const char *to : {"https://example.org*", "/b?x=*", "/b*", "http://*", "//x/*"}) {
		CAPTURE(to);
		CHECK(refused("redirect = /a/* " + std::string(to) + " 301\n")
			      .find("1: redirect: ") == 0);
	}
	for (const char *name : {"a*.b", "*example.org", "x.org:", "x.org.", "a..b", ".a",
				 "ex%61mple", "*.", "**", "*.[::1]", "a/b"}) {
		CAPTURE(name);
		CHECK(refused("[site " + std::string(name) + "]\n").find("1: ") == 0);
	}
	CHECK(refused("[site \"[::1]\" a-b_c.d 192.0.2.1]\n") == "");
	// Told where it is, once.
	CHECK(refused("max_target_size = 8192\nmax_header_size = 600\nbody = x\n[site x]\n") ==
	      "2: max_target_size=8192 is larger than max_header_size=600");
	std::string fields;
	for (int i = 0; i < 9; i++)
		fields +=
			"header = set X-" + std::to_string(i) + " " + std::string(250, 'x') + "\n";
	CHECK(refused(fields + "[location /a/]\n[location /b/]\n") ==
	      "9: header: the fields of a section are longer than 2048 bytes");
	CHECK(refused("port = 080\nautoindex = on\n") ==
	      "1: port=080 is not a number: 1..65535\n2: autoindex=on is neither 0 nor 1");
	CHECK(refused("index = a/b \"c d\" \"#x\"\n") == "");
	CHECK(refused("index = a//b\n").find("1: index=a//b is not the name") == 0);
	CHECK(refused("[site x]\nroutes = \"/a 204\" x\n") == "2: routes takes one value");
	CHECK(refused("[site x]\nroutes = \"/a 204\"\nroutes = \"/b 204\"\n") ==
	      "3: routes is set twice, first in line 2");
	CHECK(refused("[location \"/a\\n2: b\"]\n").find('\n') == std::string::npos);
}

TEST_CASE("places: mistakes in replies, names and fields")
{
	const auto refused = [](const std::string &text) { return TextConfig(text).mistakes; };

	CHECK(refused("redirect = /a /b/* 301\n").find("1: redirect: /b/* ends in *") == 0);
	CHECK(refused("redirect = /a /b 200\n") ==
	      "1: redirect: status 200 does not redirect: use 301, 302, 303, 307 or 308");
	CHECK(refused("reply = /a 200\n").find("1: reply: 200 must be followed by a type") == 0);
	CHECK(refused("reply = /a 401 a/b x\n").find("1: reply: status 401 needs a challenge") ==
	      0);
	CHECK(refused("[location /a/]\nreply = 204\nreply = 205\n") ==
	      "3: reply: the location already has a reply");
	CHECK(refused("header = set Content-Length 5\n") ==
	      "1: header: Content-Length tells where a reply ends");
	CHECK(refused("header = set X \"a\\nb\"\n").find("1: header: X has no value") == 0);
	CHECK(refused("index = ../x\n").find("1: index=../x is not the name") == 0);
	CHECK(refused("index = .env\n").find("1: index=.env is not the name") == 0);
	CHECK(refused("try = path\n") == "1: try: path is neither $path, $path.ENDING nor /NAME");
	CHECK(refused("docroot = /nowhere/at/all\n") ==
	      "1: docroot=/nowhere/at/all: no such directory");
	CHECK(refused("docroot = \"\"\nerror_page = 404 /x\n") ==
	      "2: error_pages: files need docroot");
	CHECK(refused("error_page = 404 /x\nerror_page = 404 /y\n") ==
	      "2: error_page: 404 /y: the status already has a page");
}

TEST_CASE("places: no memory at any place is a refusal, and nothing is left")
{
	Site site;
	const std::string text = "docroot = " + site.path.string() +
				 "\nheader = set X-Y z\nindex = a b\ntry = $path /x\n"
				 "redirect = /a/* /b/* 301\nreply = /c 200 a/b c\n[site x]\n"
				 "[location *.d]\nerror_page = 404 /e\n";
	const long before = world.blocks;
	int refusals = 0;

	for (int nth = 0;; nth++) {
		world.allocations_left = nth;
		const std::string mistakes = TextConfig(text).mistakes;
		world.allocations_left = -1;
		CHECK(world.blocks == before);
		if (mistakes.empty())
			break;
		CHECK(mistakes.find("out of memory") != std::string::npos);
		refusals++;
	}
	CHECK(refusals >= 3);
}

} // namespace khttpd
