// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Sites, locations and what holds in them: the table of docs/configuration.md, request by request.
#include <sstream>

#include "http/target.h"
#include "server_support.h"

namespace khttpd {

namespace {

std::string read_docs()
{
	std::ifstream file(KH_CORPUS_DIR "/../../docs/configuration.md");
	std::stringstream text;

	text << file.rdbuf();
	REQUIRE(!text.str().empty());
	return text.str();
}

struct Example {
	std::string host, path, expected;
};

// The cells of a row, without the marks of code around them.
std::vector<std::string> cells_of(const std::string &row)
{
	std::vector<std::string> cells;

	for (size_t at = 1; at < row.size();) {
		const size_t end = row.find('|', at);
		std::string cell = row.substr(at, end - at);

		cell.erase(0, cell.find_first_not_of(" `"));
		cell.erase(cell.find_last_not_of(" `") + 1);
		cells.push_back(cell);
		at = end + 1;
	}
	return cells;
}

std::vector<Example> read_examples(const std::string &docs)
{
	const std::string title = "| host | path | gets |\n|---|---|---|\n";
	std::stringstream rows(docs.substr(docs.find(title) + title.size()));
	std::vector<Example> examples;

	for (std::string row; std::getline(rows, row) && row[0] == '|';) {
		const std::vector<std::string> cells = cells_of(row);

		REQUIRE(cells.size() == 3);
		examples.push_back({cells[0], cells[1], cells[2]});
	}
	return examples;
}

// What a reply comes to, as the table says it.
std::string gist(const std::string &reply)
{
	const std::string status = reply.substr(9, 3);
	const std::string place = field_of_reply(reply, "Cache-Control");

	if (status[0] == '3')
		return status + " " + field_of_reply(reply, "Location");
	if (!place.empty())
		return place;
	return status + " " + content_of_reply(reply);
}

std::string ask_host(const TextConfig &owner, const std::string &host, const std::string &path,
		     const std::string &fields = "")
{
	Client client(owner.config);

	client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
	return client.received;
}

// Makes the file that a path stands for.
void write_file(Site &site, const std::string &target)
{
	const std::string path = target.substr(0, target.find('?'));
	u8 room[256];
	const std::string name = text_of(normalize_path(bytes_of(path), room).path).substr(1);

	site.write(name.empty() || name.back() == '/' ? name + "index.html" : name, "file");
}

} // namespace

TEST_CASE("places: every example of the documentation")
{
	const std::string docs = read_docs();
	const std::string begin = "```places\n";
	const size_t at = docs.find(begin) + begin.size();
	std::string text = docs.substr(at, docs.find("```", at) - at);
	const std::vector<Example> examples = read_examples(docs);
	Site site;

	for (const Example &example : examples) {
		if (example.expected.find(' ') == std::string::npos)
			write_file(site, example.path);
	}
	text.replace(text.find("/srv/www"), 8, site.path);
	TextConfig owner(text);
	REQUIRE(owner.mistakes == "");
	CHECK(examples.size() > 30);
	for (int pass = 0; pass < 2; pass++) { // the second from the cache
		for (const Example &example : examples) {
			CAPTURE(example.host);
			CAPTURE(example.path);
			const std::string reply = ask_host(owner, example.host, example.path);
			CHECK(gist(reply) == example.expected);
		}
	}
	// The host of an absolute target counts before Host.
	CHECK(gist(ask_host(owner, "other", "http://www.example.org/a.txt")) == "site");
}

TEST_CASE("places: settings of sites and locations")
{
	Site one, two;
	one.write("index.html", "one");
	one.write("start.htm", "start");
	one.write("app.js", "js");
	one.write("app.js.gz", "zipped");
	one.write("missing.html", "not one's");
	two.write("index.html", "two");
	two.write("page.html", "page");
	two.write("down/x", "x");
	TextConfig owner("docroot = " + one.path.string() +
			 "\n"
			 "index = start.htm index.html\n"
			 "header = set X-Top top\n"
			 "error_page = 404 /missing.html\n"
			 "[location *.js]\n"
			 "precompressed = \"\"\n"
			 "charset = latin1\n"
			 "[site two]\n"
			 "docroot = " +
			 two.path.string() +
			 "\n"
			 "index = index.html\n"
			 "try = $path $path.html /index.html\n"
			 "header = set X-Two \"a; b\"\n"
			 "header = add X-Two c\n"
			 "[location /down/]\n"
			 "autoindex = 1\n"
			 "try = $path\n"
			 "header = remove x-top\n"
			 "[site nothing]\n"
			 "docroot = \"\"\n");

	REQUIRE(owner.mistakes == "");
	CHECK(content_of_reply(ask_host(owner, "x", "/")) == "start");
	CHECK(content_of_reply(ask_host(owner, "two", "/")) == "two");
	CHECK(content_of_reply(ask_host(owner, "nothing", "/")) == "Hello World!\n");
	const std::string js = ask_host(owner, "x", "/app.js", "Accept-Encoding: gzip\r\n");
	CHECK(content_of_reply(js) == "js");
	CHECK(field_of_reply(js, "Vary").empty());
	CHECK(field_of_reply(js, "Content-Type") == "text/javascript; charset=latin1");
	CHECK(field_of_reply(js, "X-Top") == "top");
	const std::string missing = ask_host(owner, "x", "/nothing");
	CHECK(missing.find("HTTP/1.1 404 ") == 0);
	CHECK(content_of_reply(missing) == "not one's");
	CHECK(field_of_reply(missing, "X-Top") == "top");
	CHECK(content_of_reply(ask_host(owner, "two", "/page")) == "page");
	const std::string fallback = ask_host(owner, "two", "/any/where");
	CHECK(fallback.find("HTTP/1.1 200 ") == 0);
	CHECK(content_of_reply(fallback) == "two");
	CHECK(field_of_reply(fallback, "Content-Type") == "text/html; charset=utf-8");
	CHECK(count(fallback, "\r\nX-Two: a; b\r\nX-Two: c\r\n") == 1);
	CHECK(field_of_reply(fallback, "X-Top") == "top");
	const std::string listing = ask_host(owner, "two", "/down/");
	CHECK(count(listing, "href=\"./x\"") == 1);
	CHECK(field_of_reply(listing, "X-Top").empty());
	CHECK(ask_host(owner, "two", "/down").find("\r\nLocation: /down/\r\n") !=
	      std::string::npos);
	CHECK(ask_host(owner, "two", "/down/y").find("HTTP/1.1 404 ") == 0);
	// Nothing of what is hidden by way of a fallback.
	CHECK(ask_host(owner, "two", "/.git/config").find("HTTP/1.1 404 ") == 0);
	CHECK(ask_host(owner, "two", "/%").find("HTTP/1.1 400 ") == 0);
}

TEST_CASE("places: what a fallback stands for is seen when it comes and goes")
{
	Site site;
	site.write("index.html", "fallback");
	TextConfig owner("docroot = " + site.path.string() +
			 "\ntry = $path $path.html /index.html\n");

	CHECK(content_of_reply(ask_host(owner, "x", "/a")) == "fallback");
	site.write("a.html", "with its ending");
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(ask_host(owner, "x", "/a")) == "with its ending");
	site.write("a", "itself");
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(ask_host(owner, "x", "/a")) == "itself");
	std::filesystem::remove(site.path / "a");
	std::filesystem::remove(site.path / "a.html");
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(ask_host(owner, "x", "/a")) == "fallback");
}

TEST_CASE("places: fields are in replies of every kind")
{
	Site site;
	site.write("a", "a");
	site.write("down/x", "x");
	TextConfig owner("docroot = " + site.path.string() +
			 "\nheader = set X-Y z\nreply = /r 200 a/b r\nredirect = /from /to 301\n"
			 "redirect = /p/* /to/* 302\n");

	REQUIRE(owner.mistakes == "");
	for (const char *path : {"/a", "/down", "/down/", "/r", "/from", "/p/x", "/none", "/%"}) {
		CAPTURE(path);
		for (int i = 0; i < 2; i++)
			CHECK(count(ask_host(owner, "x", path), "\r\nX-Y: z\r\n") == 1);
	}
	for (const char *fields : {"If-None-Match: *\r\n", "Range: bytes=0-0\r\n",
				   "Range: bytes=7-\r\n", "If-Match: \"x\"\r\n"})
		CHECK(count(ask_host(owner, "x", "/a", fields), "\r\nX-Y: z\r\n") == 1);
	Client client(owner.config);
	client.send("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\nPOST / HTTP/1.1\r\nHost: x\r\n"
		    "Content-Length: 0\r\n\r\n");
	CHECK(count(client.received, "\r\nX-Y: z\r\n") == 2);
}

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
	CHECK(status("deny = ::/0\n") == "403");
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
	      "1: methods: POST is none of GET, HEAD and OPTIONS, once each");
	CHECK(refused("type = md text/x\n") == "1: type: is .ENDING TYPE/SUBTYPE");
	CHECK(refused("type = .md text\n").find("1: type: text is not a media type") == 0);
	CHECK(refused("server_field = off\n") == "1: server_field: is 0 or 1");
}

TEST_CASE("places: sites of the same paths have files of their own in the cache")
{
	Site one, two;
	one.write("a", "one");
	two.write("a", "two");
	TextConfig owner("docroot = " + one.path.string() +
			 "\n[site two]\ndocroot = " + two.path.string() + "\n");

	for (int i = 0; i < 3; i++) {
		CHECK(content_of_reply(ask_host(owner, "x", "/a")) == "one");
		CHECK(content_of_reply(ask_host(owner, "two", "/a")) == "two");
	}
	CHECK(world.cache.size() == 2);
}

TEST_CASE("places: mistakes are told with their lines, all of them")
{
	const auto refused = [](const std::string &text) { return TextConfig(text).mistakes; };

	CHECK(refused("port = 0\nport = 80\nnothing = 1\n") ==
	      "1: port=0 is out of range: 1..65535\n2: port is set twice, first in line 1\n"
	      "3: nothing is no setting");
	CHECK(refused("port = 080 90\n") == "1: port takes one value");
	CHECK(refused("port=80\n") == "1: is not NAME = VALUE");
	CHECK(refused("body = a  b\n") == "1: lacks a word, or has two blanks");
	CHECK(refused("body = \"ab\"\n") == "1: has quotes around a word that needs none");
	CHECK(refused("body = \"a b\n") == "1: has quotes that are not closed");
	CHECK(refused("body = \"a \\x\"\n") == "1: has another escape than \\\" \\\\ \\n \\t");
	CHECK(refused("[server x]\n") == "1: is neither [site NAME] nor [location PATTERN]");
	CHECK(refused("[site x\n") == "1: does not end with ]");
	CHECK(refused("[site x:80]\n") ==
	      "1: site x:80 is not the name of a host, without a port, nor *.NAME, nor *");
	CHECK(refused("[site x]\n[site y X]\n[site *]\n[site *]\n") ==
	      "2: site X is there already\n4: site * is there already");
	CHECK(refused("[site x]\nport = 1\n") ==
	      "2: port is for the whole server: it stands before the first section");
	CHECK(refused("[location /a]\n") ==
	      "1: location /a is neither /PATH/ for all that is below, = /PATH for one, nor "
	      "*.ENDING");
	CHECK(refused("redirect = /a /b 301\n[location = /a]\n") ==
	      "2: location: /a is there already, in line 1");
	CHECK(refused("redirect = /a //b/%zz 301\n")
		      .find("1: redirect: //b/%zz is not an address") == 0);
	CHECK(refused("redirect = /a /b/* 301\n").find("1: redirect: /b/* ends in *") == 0);
	CHECK(refused("redirect = /a /b 200\n") ==
	      "1: redirect: status 200 does not redirect: take 301, 302, 303, 307 or 308");
	CHECK(refused("reply = /a 200\n").find("1: reply: after 200 comes a type") == 0);
	CHECK(refused("reply = /a 401 a/b x\n").find("1: reply: status 401 wants a challenge") ==
	      0);
	CHECK(refused("[location /a/]\nreply = 204\nreply = 205\n") ==
	      "3: reply: the location has a reply already");
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
	      "2: error_page: 404 /y: the status has a page already");
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
