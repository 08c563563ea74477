// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Directory listings: what is in them, in what order, escaped how, and where they end.
#include "http/utf8.h"
#include "server/files/listing.h"
#include "server_support.h"

namespace khttpd {

namespace {

std::string list(const khttpd_config *config, const std::string &path,
		 const std::string &method = "GET")
{
	Client client(config);

	client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
	CHECK(client.open);
	return client.received;
}

// A directory with files of nothing, made by name alone.
void fill(const std::filesystem::path &directory, int files, const std::string &prefix)
{
	std::filesystem::create_directories(directory);
	for (int i = 0; i < files; i++)
		std::ofstream(directory / (prefix + std::to_string(i)));
}

size_t content_length(const std::string &reply)
{
	return std::stoul(reply.substr(reply.find("Content-Length: ") + 16));
}

} // namespace

TEST_CASE("utf-8: well-formed characters and others")
{
	for (const char *good :
	     {"a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
	      "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
		const Exact text{bytes_of(std::string(good))};

		CHECK(utf8_character_size(text.bytes()) == text.bytes().size());
		for (usize n = 1; n < text.bytes().size(); n++)
			CHECK(utf8_character_size(Exact(text.bytes().prefix(n)).bytes()) == 0);
	}
	for (const char *bad : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
				"\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
				"\xf5\x80\x80\x80", "\xff", "\xc3<", "\xe2\x82<", "\xf0\x9f\x98<"})
		CHECK(utf8_character_size(bytes_of(std::string(bad))) == 0);
}

TEST_CASE("listing: only when wanted, and only without an index")
{
	Site site;
	site.write("a", "content");
	site.write("sub/index.html", "index");
	ConfigOwner off({{KH_PARAM_docroot, site.path}});
	ConfigOwner on({{KH_PARAM_docroot, site.path},
			{KH_PARAM_autoindex, "1"},
			{KH_PARAM_cache_control, "no-cache"}});

	CHECK(list(off.config, "/").find("HTTP/1.1 403 ") == 0);
	CHECK(list(on.config, "/nothing/").find("HTTP/1.1 404 ") == 0);
	CHECK(list(on.config, "/a/").find("HTTP/1.1 404 ") == 0);
	CHECK(list(on.config, "/sub/").find("\r\n\r\nindex") != std::string::npos);
	const std::string page = list(on.config, "/");
	CHECK(page == "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: khttpd\r\n"
		      "Cache-Control: no-cache\r\nContent-Type: text/html; charset=utf-8\r\n"
		      "Content-Length: " +
			      std::to_string(page.size() - page.find("\r\n\r\n") - 4) + "\r\n\r\n" +
			      page.substr(page.find("\r\n\r\n") + 4));
	CHECK(page.find("<!DOCTYPE html>\n") != std::string::npos);
	CHECK(page.find("<tr><td><a href=\"./sub/\">sub/</a></td><td></td><td>") !=
	      std::string::npos);
	CHECK(page.find("<tr><td><a href=\"./a\">a</a></td><td>7</td>"
			"<td>Sun, 13 Sep 2020 12:26:40 GMT</td></tr>\n") != std::string::npos);
	CHECK(page.find("</html>\n") == page.size() - 8);
	CHECK(page.find("not all of it") == std::string::npos);
	CHECK(list(on.config, "/", "HEAD") == page.substr(0, page.find("\r\n\r\n") + 4));
	std::filesystem::remove(site.path / "sub/index.html");
	world.ticks += 1000;
	CHECK(list(on.config, "/sub/").find("<a href=\"../\">../</a>") != std::string::npos);
	CHECK(world.cache.empty());
	CHECK(page.find("\"../\"") == std::string::npos);
}

TEST_CASE("listing: directories first, then by name; what is not served is not shown")
{
	Site site;
	for (const char *name :
	     {"b", "a", "B", "a.b", "aa", "\xc3\xa9", "z/x", "y/x", ".hidden", ".git/x", "10", "9"})
		site.write(name, "");
	REQUIRE(mkfifo((site.path / "fifo").c_str(), 0600) == 0);
	std::filesystem::create_symlink("nowhere", site.path / "dangling");
	std::filesystem::create_symlink("y", site.path / "link");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});
	std::string page = list(owner.config, "/");
	std::string names;

	for (size_t at; (at = page.find("href=\"./")) != std::string::npos;) {
		page = page.substr(at + 8);
		names += page.substr(0, page.find('"')) + " ";
	}
	CHECK(names == "link/ y/ z/ 10 9 B a a.b aa b %C3%A9 ");
}

TEST_CASE("listing: names are escaped, as links and as text")
{
	const struct {
		const char *name, *link, *text;
	} cases[] = {
		{"<script>&\"'", "%3Cscript%3E%26%22%27", "&lt;script&gt;&amp;&quot;&#39;"},
		{"a%41#?;=", "a%2541%23%3F%3B%3D", "a%41#?;="},
		{"javascript:alert(1)", "javascript%3Aalert%281%29", "javascript:alert(1)"},
		{"new\nline\x01\x7f", "new%0Aline%01%7F",
		 "new\xef\xbf\xbdline\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe2\x82\xac\xe2\x82", "%E2%82%AC%E2%82", "\xe2\x82\xac\xef\xbf\xbd\xef\xbf\xbd"},
		{"back\\slash space", "back%5Cslash%20space", "back\\slash space"},
	};
	Site site;
	for (const auto &one : cases)
		site.write(std::string("<&>/") + one.name, "x");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});
	const std::string page = list(owner.config, "/%3C&%3e/");

	CHECK(page.find("<title>Index of /&lt;&amp;&gt;/</title>") != std::string::npos);
	CHECK(page.find("<h1>Index of /&lt;&amp;&gt;/</h1>") != std::string::npos);
	for (const auto &one : cases) {
		CHECK(page.find(std::string("<a href=\"./") + one.link + "\">" + one.text +
				"</a>") != std::string::npos);
		// The link leads to the file.
		CHECK(list(owner.config, std::string("/%3C&%3E/./") + one.link).find("\r\n\r\nx") !=
		      std::string::npos);
	}
}

TEST_CASE("listing: a page of several parts, and one that is cut")
{
	Site site;
	const std::string longest(249, '"');
	fill(site.path / "many", 1100, "file-");
	fill(site.path / "wide", 600, longest);
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});

	std::string page = list(owner.config, "/many/");
	CHECK(count(page, "<tr><td><a href=\"./file-") == 1100);
	CHECK(count(page, "not all of it is shown") == 0);
	CHECK(content_length(page) == page.size() - page.find("\r\n\r\n") - 4);
	CHECK(page.find("href=\"./file-0\"") < page.find("href=\"./file-1\""));
	CHECK(page.find("href=\"./file-1099\"") < page.find("href=\"./file-11\""));
	page = list(owner.config, "/wide/");
	CHECK(count(page, "not all of it is shown") == 1);
	CHECK(page.find("</html>\n") == page.size() - 8);
	CHECK(content_length(page) == page.size() - page.find("\r\n\r\n") - 4);
	CHECK(content_length(page) <= 1 << 20);
	CHECK(content_length(list(owner.config, "/wide/", "HEAD")) == content_length(page));
	// The connection goes on behind it.
	Client client(owner.config);
	CHECK(client.send("GET /many/ HTTP/1.1\r\nHost: x\r\n\r\nGET /many/file-1 HTTP/1.1\r\n"
			  "Host: x\r\n\r\n"));
	CHECK(count(client.received, "HTTP/1.1 200 OK\r\n") == 2);
}

TEST_CASE("listing: names are bounded in number and in bytes")
{
	const Listing::Owner many = Listing::create(nullptr);
	const Listing::Owner large = Listing::create(nullptr);
	const std::string longest(255, 'x');
	int taken = 0;

	for (int i = 0; i < 10000; i++)
		taken += many->take(bytes_of(std::string(i % 2 ? ".hidden" : "shown")));
	CHECK(taken == 10000);
	CHECK(!many->take("one more"_b));
	for (taken = 0; large->take(bytes_of(longest)); taken++)
		;
	CHECK(taken == (512 << 10) / 256);
}

TEST_CASE("listing: memory is bounded for all of them together")
{
	Site site;
	fill(site.path, 3, "f");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});
	const u32 all = 64 << 20;

	// Nothing is left of those before.
	REQUIRE(kh_held_take(nullptr, KH_HELD_listings, all));
	CHECK(!kh_held_take(nullptr, KH_HELD_listings, 1));
	CHECK(list(owner.config, "/").find("HTTP/1.1 503 ") == 0);
	kh_held_give(nullptr, KH_HELD_listings, 8192);
	CHECK(list(owner.config, "/").find("HTTP/1.1 503 ") == 0);
	kh_held_give(nullptr, KH_HELD_listings, all - 8192);
	CHECK(list(owner.config, "/").find("HTTP/1.1 200 ") == 0);
	CHECK(kh_held_take(nullptr, KH_HELD_listings, all));
	kh_held_give(nullptr, KH_HELD_listings, all);
}

TEST_CASE("listing: others run between its rows, and while they are sorted")
{
	Site site;
	fill(site.path, 300, "f");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});

	world.rests = 0;
	CHECK(list(owner.config, "/").find("HTTP/1.1 200 ") == 0);
	CHECK(world.rests >= 300 + 300);
}

TEST_CASE("listing: every allocation may fail")
{
	Site site;
	fill(site.path, 300, "a rather long name to make the block grow ");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_autoindex, "1"}});
	int listed = 0;

	for (long n = 0; n < 16; n++) {
		const long before = world.blocks;
		{
			Client client(owner.config);
			world.allocations_left = n;
			client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
			world.allocations_left = -1;
			CHECK((client.aborted || count(client.received, " 503 ") ||
			       count(client.received, "</html>\n")));
			listed += count(client.received, "</html>\n") == 1;
		}
		CHECK(world.blocks == before);
		CHECK(kh_held_take(nullptr, KH_HELD_listings, 64 << 20));
		kh_held_give(nullptr, KH_HELD_listings, 64 << 20);
	}
	CHECK(listed > 0);
	CHECK(listed < 14);
}

} // namespace khttpd
