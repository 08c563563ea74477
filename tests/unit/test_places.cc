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

TEST_CASE("places: names of files of all lengths, one after the other")
{
	Site site;
	const std::string name(250, 'n'), path(1500, 'p');
	site.write(name + "/" + name + "/x", "long");
	site.write("index.html", "index");
	TextConfig owner("docroot = " + site.path.string() + "\nindex = a " + name +
			 "\ntry = /a $path.b $path /" + name + "/" + name + "/" + name + "/x /" +
			 name + "/" + name + "/x\n[location /l/]\nautoindex = 1\ntry = /a $path\n");
	site.write("l/" + std::string(240, 'm'), "x");

	REQUIRE(owner.mistakes == "");
	for (const std::string &asked : {"/" + path + "/", "/" + path, std::string("/")})
		CHECK(content_of_reply(ask_host(owner, "x", asked)) == "long");
	CHECK(ask_host(owner, "x", "/l/").find("HTTP/1.1 200 ") == 0);
}

TEST_CASE("places: no two owners of paths have one key in the cache")
{
	Site one, two;
	one.write("index.html", "top");
	one.write("index.html.zst", "top zst");
	one.write("x\x03\x01", "top's own");
	two.write("x", "two");
	TextConfig owner("docroot = " + one.path.string() +
			 "\ntry = $path /index.html\n[site two]\n" +
			 "docroot = " + two.path.string() + "\ntry = $path\n");

	for (const char *path : {"/x%03%01%00", "/x%03%01", "/x%01", "/x%01%00%00C", "/x%01%02"}) {
		ask_host(owner, "x", path, "Accept-Encoding: zstd\r\n");
		CHECK(content_of_reply(ask_host(owner, "two", "/x")) == "two");
	}
	CHECK(content_of_reply(ask_host(owner, "x", "/x%03%01")) == "top's own");
	CHECK(content_of_reply(ask_host(owner, "two", "/x")) == "two");
}

TEST_CASE("places: what another configuration has in the cache is not served")
{
	Site one, two;
	one.write("a", "one");
	two.write("a", "two");
	const auto text = [&](const char *first, const char *second) {
		return "[site " + std::string(first) + "]\ndocroot = " + one.path.string() +
		       "\n[site " + second + "]\ndocroot = " + two.path.string() + "\n";
	};
	TextConfig before(text("x", "y")), after(text("y", "x"));

	CHECK(content_of_reply(ask_host(before, "x", "/a")) == "one");
	CHECK(content_of_reply(ask_host(before, "y", "/a")) == "two");
	CHECK(content_of_reply(ask_host(after, "x", "/a")) == "two");
	CHECK(content_of_reply(ask_host(after, "y", "/a")) == "one");
}

TEST_CASE("places: a fallback is in the cache once, whatever is asked for")
{
	Site site;
	site.write("index.html", std::string(100000, 'x'));
	site.write("index.html.gz", std::string(5000, 'z'));
	TextConfig owner("docroot = " + site.path.string() +
			 "\ntry = $path /index.html\n[location /b/]\ncache_control = no-cache\n");

	for (int i = 0; i < 50; i++) {
		const std::string path = "/" + std::to_string(i);

		CHECK(content_of_reply(ask_host(owner, "x", path)).size() == 100000);
		CHECK(content_of_reply(ask_host(owner, "x", path, "Accept-Encoding: gzip\r\n"))
			      .size() == 5000);
	}
	CHECK(world.cache.size() == 2);
	CHECK(field_of_reply(ask_host(owner, "x", "/b/c"), "Cache-Control") == "no-cache");
	CHECK(field_of_reply(ask_host(owner, "x", "/c"), "Cache-Control").empty());
	CHECK(world.cache.size() == 3);
}

TEST_CASE("places: a redirection that the replies before leave no room for comes next")
{
	const std::string to = "https://example.org/" + std::string(7000, 'x');
	TextConfig owner("redirect = /r " + to + " 301 query\nbody = " + std::string(2000, 'b') +
			 "\n");
	std::string pipeline;

	REQUIRE(owner.mistakes == "");
	for (int i = 0; i < 6; i++)
		pipeline += kGet;
	Client client(owner.config);
	client.send(pipeline + get_text("/r") + get_text("/r") + get_text("/r"));
	CHECK(count(client.received, "HTTP/1.1 200 ") == 6);
	CHECK(count(client.received, "HTTP/1.1 301 ") == 3);
	TextConfig query("redirect = /d/* https://example.org/* 302\nbody = " +
			 std::string(2000, 'b') + "\n");
	for (int before = 0; before < 9; before++) {
		std::string requests;

		for (int i = 0; i < before; i++)
			requests += kGet;
		Client other(query.config);
		other.send(requests + get_text("/d/x?" + std::string(7000, 'q')));
		CHECK(count(other.received, "HTTP/1.1 302 ") == 1);
	}
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
	Client refused(owner.config);
	refused.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n");
	CHECK(count(refused.received, "HTTP/1.1 413 ") == 1);
	CHECK(count(refused.received, "\r\nX-Y: z\r\n") == 1);
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

} // namespace khttpd
