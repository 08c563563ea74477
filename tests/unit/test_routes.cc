// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Routes: which request gets which reply, and what is refused of them.
#include "config/text/setting_words.h"
#include "server_support.h"

namespace khttpd {

namespace {

const std::string kRoutes = "/healthz 200 text/plain 'ok\\n' ; /json 200 application/json "
			    "'{\\qa\\q: \\'b;\\\\\\'}' ; /old 301 https://example.org/new?a=b#c ; "
			    "/none 204 ; /a%20b 503 text/html;charset=x '' ; "
			    "/.well-known/x 200 text/plain 'well'";

} // namespace

TEST_CASE("routes: texts, redirections and no content")
{
	ConfigOwner owner({{KH_PARAM_routes, kRoutes}});
	const std::string date = "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: khttpd\r\n";

	CHECK(get(owner.config, "/healthz") ==
	      "HTTP/1.1 200 OK\r\n" + date +
		      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nok\n");
	CHECK(get(owner.config, "/healthz", "HEAD") ==
	      "HTTP/1.1 200 OK\r\n" + date +
		      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\n");
	CHECK(get(owner.config, "/json") ==
	      "HTTP/1.1 200 OK\r\n" + date +
		      "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n"
		      "{\"a\": 'b;\\'}");
	CHECK(get(owner.config, "/old") ==
	      "HTTP/1.1 301 Moved Permanently\r\n" + date +
		      "Location: https://example.org/new?a=b#c\r\n"
		      "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 22\r\n\r\n"
		      "301 Moved Permanently\n");
	CHECK(get(owner.config, "/none") == "HTTP/1.1 204 No Content\r\n" + date + "\r\n");
	CHECK(get(owner.config, "/a%20b") ==
	      "HTTP/1.1 503 Service Unavailable\r\n" + date +
		      "Retry-After: 1\r\nContent-Type: text/html;charset=x\r\n"
		      "Content-Length: 0\r\n\r\n");
	CHECK(content_of_reply(get(owner.config, "/.well-known/x")) == "well");
	CHECK(content_of_reply(get(owner.config, "/")) == "Hello World!\n");
}

TEST_CASE("routes: the path is normalized and must be the same")
{
	ConfigOwner owner({{KH_PARAM_routes, kRoutes}});

	for (const char *path : {"/healthz?x", "//healthz", "/./healthz", "/x/../healthz",
				 "/%68ealthz", "http://x/healthz"})
		CHECK(get(owner.config, path).find(" 200 OK\r\n") != std::string::npos);
	for (const char *path : {"/healthz/", "/Healthz", "/healthzz", "/health", "/healthz%2f",
				 "/healthz%00", "/x/healthz"})
		CHECK(get(owner.config, path).find(" 404 ") != std::string::npos);
	CHECK(get(owner.config, "/%").find(" 400 ") != std::string::npos);
}

TEST_CASE("routes: other methods are answered as elsewhere")
{
	ConfigOwner owner({{KH_PARAM_routes, kRoutes}});

	CHECK(get(owner.config, "/healthz", "OPTIONS").find(" 204 ") != std::string::npos);
	CHECK(get(owner.config, "/healthz", "POST", "Content-Length: 0\r\n").find(" 405 ") !=
	      std::string::npos);
	Client waits(owner.config);
	CHECK(!waits.send("GET /a%20b HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
			  "Content-Length: 3\r\n\r\n"));
	CHECK(waits.received.find("HTTP/1.1 503 ") == 0);
	CHECK(waits.received.find("Content-Type: text/html;charset=x\r\n") != std::string::npos);
	CHECK(waits.received.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("routes: every one of many is found, in a pipeline too")
{
	std::string routes, pipeline;

	for (int i = 0; i < 150; i++) {
		const std::string path = "/" + std::to_string(i * 7919 % 1000);

		routes += (i ? " ; " : "") + path + " 200 a/b '" + std::to_string(i) + "'";
		pipeline += "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
	}
	ConfigOwner owner({{KH_PARAM_routes, routes}});
	Client client(owner.config);
	CHECK(client.send(pipeline));
	size_t at = 0;
	for (int i = 0; i < 150; i++) {
		at = client.received.find("\r\n\r\n" + std::to_string(i), at);
		REQUIRE(at != std::string::npos);
		at += 4;
	}
	CHECK(count(client.received, "200 OK") == 150);
}

TEST_CASE("routes: the longest text fits, and one byte more is refused")
{
	const std::string longest(2048, 'x');
	ConfigOwner owner({{KH_PARAM_routes, "/a 200 a/b '" + longest + "'"}});

	CHECK(content_of_reply(get(owner.config, "/a")) == longest);
	CHECK(refused_routes("/a 200 a/b '" + longest + "y'") ==
	      "22 routes: entry 1: the text has 2049 bytes, more than 2048");
	CHECK(refused_routes("/a 301 /" + std::string(3892, 'x')) ==
	      "22 routes: entry 1: the reply is too long");
	CHECK(refused_routes("/" + std::string(1024, 'x') + " 204") ==
	      "22 routes: entry 1: the path is longer than 1024 bytes");
	CHECK(refused_routes("/a 200 a/" + std::string(126, 'b') + " ''")
		      .find(" is not a media type") != std::string::npos);
	CHECK(refused_routes("/a 204" + std::string(4000, ' ')).substr(0, 3) == "34 ");
}

TEST_CASE("routes: what is refused is named, with the entry")
{
	const std::string first = "22 routes: entry 1: ";
	const std::string text =
		" is neither file:/NAME nor 'TEXT' with no escapes but \\n \\t \\q \\' \\\\";

	CHECK(refused_routes(" ") == first + "is empty");
	CHECK(refused_routes("/a 204 ;") == "22 routes: entry 2: is empty");
	CHECK(refused_routes("/a 204 ; ; /b 204") == "22 routes: entry 2: is empty");
	CHECK(refused_routes("/a") == first + "has no status");
	CHECK(refused_routes("a 204") == first + "a does not begin with /");
	CHECK(refused_routes("/a?b 204") == first + "/a?b is more than a path: it has a ? or #");
	CHECK(refused_routes("/a#b 204") == first + "/a#b is more than a path: it has a ? or #");
	for (const char *path : {"/%", "/%zz", "/a%00", "/a%2fb", "/../a"})
		CHECK(refused_routes(std::string(path) + " 204") ==
		      first + path + " is not a path that a request can have");
	CHECK(refused_routes("/a 204 ; /x/../%61 204") ==
	      "22 routes: entry 2: /x/../%61 already has a route");
	for (const char *status : {"199", "600", "0", "999999999", "100"})
		CHECK(refused_routes(std::string("/a ") + status + " a/b ''") ==
		      first + "status " + status + " is out of range: 200..599");
	for (const char *status : {"2xx", "-1", "9999999999", "+200", "200.0"})
		CHECK(refused_routes(std::string("/a ") + status + " a/b ''") ==
		      first + status + " is not a status: 200..599");
	CHECK(refused_routes("/a 204 a/b 'x'") ==
	      first + "204 must be followed by nothing, because it has no content");
	CHECK(refused_routes("/a 302") == first + "302 must be followed by an address");
	CHECK(refused_routes("/a 302 /b /c") == first + "302 must be followed by an address");
	for (const char *words : {"", " a/b", " a/b 'x' y z", " a/b 'x' y z more"}) {
		CHECK(refused_routes(std::string("/a 200") + words) ==
		      first + "200 must be followed by a type, 'TEXT' or file:/NAME, and "
			      "optionally "
			      "drain=503");
		CHECK(refused_routes(std::string("/a 404") + words) ==
		      first + "404 must be followed by a type, and 'TEXT' or file:/NAME");
	}
	for (const char *bad :
	     {"x", "'", "'x", "'x\\'", "'x'y", "'\\x'", "'\\", "'\\\\\\'", "file"})
		CHECK(refused_routes(std::string("/a 200 a/b ") + bad) == first + bad + text);
	CHECK(refused_routes("/a 200 a/b 'x\r\nSet-Cookie: y'") ==
	      "22 routes: a text of 29 bytes has a control character: 0..3900 bytes");
	CHECK(refused_routes("/a 200 a/b file:/b") == first + "a file needs docroot");
	CHECK(refused_routes("/a 200 a/b file:b") == first + "the file b does not begin with /");
	CHECK(refused_routes("/a 200 a/b file:") == first + "the file  does not begin with /");
	CHECK(refused_routes("/a 200 a/b file:/b/") ==
	      first + "the file /b/ cannot be the name of a file");
	CHECK(refused_routes("/a 200 a/b file:/b/.c") ==
	      first + "the file /b/.c is hidden: a name in it begins with a dot");
}

TEST_CASE("routes: a header cannot be written into another")
{
	// A decoded line end in a path is matched, and never sent.
	ConfigOwner owner({{KH_PARAM_routes, "/a%0d%0ab 302 /c%0d%0aSet-Cookie:d"}});

	CHECK(get(owner.config, "/a%0D%0Ab").find("\r\nLocation: /c%0d%0aSet-Cookie:d\r\n") !=
	      std::string::npos);
}

TEST_CASE("routes: without memory nothing is left behind")
{
	for (long n = 0; n < 2; n++) {
		const long before = world.blocks;

		world.allocations_left = n;
		CHECK(refused_routes(kRoutes) == "12 out of memory");
		world.allocations_left = -1;
		CHECK(world.blocks == before);
	}
}

TEST_CASE("routes: files, with their own status")
{
	Site site;
	site.write("robots.txt", "User-agent: *\n");
	site.write("sub/index.html", "index");
	site.write("a b", "blank");
	const std::string routes = "/r 200 text/plain file:/robots.txt ; /robots.txt 503 text/x "
				   "file:/a%20b ; /gone 200 text/plain file:/gone ; "
				   "/dir 200 text/plain file:/sub ; /sub/ 200 a/b 'text'";
	ConfigOwner owner({{KH_PARAM_docroot, site.path},
			   {KH_PARAM_routes, routes},
			   {KH_PARAM_cache_control, "max-age=60"}});

	for (int round = 0; round < 2; round++) {
		const std::string reply = get(owner.config, "/r");
		CHECK(reply.find("HTTP/1.1 200 OK\r\n") == 0);
		CHECK(reply.find("\r\nContent-Type: text/plain; charset=utf-8\r\n") !=
		      std::string::npos);
		CHECK(reply.find("\r\nCache-Control: max-age=60\r\n") != std::string::npos);
		CHECK(reply.find("\r\nContent-Length: 14\r\n") != std::string::npos);
		CHECK(reply.find("\r\nETag: \"h") != std::string::npos);
		CHECK(content_of_reply(reply) == "User-agent: *\n");
		CHECK(content_of_reply(get(owner.config, "/r", "HEAD")).empty());
		const std::string other = get(owner.config, "/robots.txt");
		CHECK(other.find("HTTP/1.1 503 ") == 0);
		CHECK(other.find("Cache-Control") == std::string::npos);
		CHECK(content_of_reply(other) == "blank");
		CHECK(get(owner.config, "/gone").find("HTTP/1.1 404 ") == 0);
		CHECK(get(owner.config, "/dir").find("HTTP/1.1 404 ") == 0);
		CHECK(content_of_reply(get(owner.config, "/sub/")) == "text");
		CHECK(content_of_reply(get(owner.config, "/sub/index.html")) == "index");
	}
	// A pipeline through the work item and back.
	Client client(owner.config);
	CHECK(client.send("GET /r HTTP/1.1\r\nHost: x\r\n\r\n" + kGet +
			  "GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n"));
	CHECK(count(client.received, "HTTP/1.1 ") == 3);
}

TEST_CASE("routes: a route that goes or comes while its file is looked for")
{
	Site site;
	site.write("a", "file a");
	site.write("b", "file b");
	ConfigOwner with(
		{{KH_PARAM_docroot, site.path}, {KH_PARAM_routes, "/a 200 text/plain file:/b"}});
	ConfigOwner without({{KH_PARAM_docroot, site.path}});
	ConfigOwner text({{KH_PARAM_docroot, site.path}, {KH_PARAM_routes, "/a 200 a/b 'x'"}});

	for (const auto &[other, content] :
	     {std::pair(without.config, "file a"), std::pair(text.config, "x")}) {
		Client client(with.config);
		client.resolve_with(other);
		client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
		CHECK(content_of_reply(client.received) == content);
	}
	// In the moment before the cache is cleared it has the file that the route stands for now.
	CHECK(content_of_reply(get(without.config, "/a")) == "file a");
	CHECK(world.cache.size() == 1);
	CHECK(content_of_reply(get(with.config, "/a")) == "file b");
	Client client(without.config);
	client.resolve_with(with.config);
	client.send("GET /a?fresh HTTP/1.1\r\nHost: x\r\nIf-Match: *\r\n\r\n");
	CHECK(count(client.received, "HTTP/1.1 200 ") == 1);
}

} // namespace khttpd
