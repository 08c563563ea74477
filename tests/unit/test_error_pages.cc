// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Files that are sent as the content of errors, and what is refused of them.
#include "server_support.h"

namespace khttpd {

TEST_CASE("error pages: sent with the error's status")
{
	Site site;
	site.write("404.html", "<p>not here");
	site.write("errors/403", "no");
	site.write("empty/x", "");
	ConfigOwner owner({{KH_PARAM_docroot, site.path},
			   {KH_PARAM_cache_control, "max-age=60"},
			   {KH_PARAM_error_pages,
			    " 404=/404.html  403=/errors/403 503=/x/../missing 500=/empty "}});

	for (const char *fields : {"", "Range: bytes=0-1\r\n", "If-None-Match: *\r\n"}) {
		const std::string reply = get(owner.config, "/nothing", "GET", fields);
		CHECK(reply == "HTTP/1.1 404 Not Found\r\n"
			       "Date: Tue, 14 Nov 2023 22:13:20 GMT\r\nServer: khttpd\r\n"
			       "Content-Type: text/html; charset=utf-8\r\n"
			       "Content-Length: 11\r\n\r\n<p>not here");
	}
	const std::string head = get(owner.config, "/nothing", "HEAD");
	CHECK(head.find("\r\nContent-Length: 11\r\n") != std::string::npos);
	CHECK(content_of_reply(head).empty());
	const std::string directory = get(owner.config, "/empty/");
	CHECK(directory.find("HTTP/1.1 403 Forbidden\r\n") == 0);
	CHECK(directory.find("Content-Type: application/octet-stream\r\n") != std::string::npos);
	CHECK(content_of_reply(directory) == "no");
	CHECK(get(owner.config, "/404.html").find("HTTP/1.1 200 OK\r\n") == 0);
	// What is found before a file is looked for has its text.
	CHECK(content_of_reply(get(owner.config, "/x", "POST", "Content-Length: 0\r\n")) ==
	      "405 Method Not Allowed\n");
	std::filesystem::remove(site.path / "404.html");
	CHECK(content_of_reply(get(owner.config, "/nothing")) == "404 Not Found\n");
	// The page's own absence is not an error of its own.
	CHECK(get(owner.config, "/nothing").find("HTTP/1.1 404 ") == 0);
	std::filesystem::create_directory(site.path / "404.html");
	CHECK(content_of_reply(get(owner.config, "/nothing")) == "404 Not Found\n");
}

TEST_CASE("error pages: for a route whose file is not there, and not for a route's own status")
{
	Site site;
	site.write("404.html", "page");
	site.write("own", "own");
	ConfigOwner owner({{KH_PARAM_docroot, site.path},
			   {KH_PARAM_routes, "/a 200 a/b file:/gone ; /b 404 a/b file:/own"},
			   {KH_PARAM_error_pages, "404=/404.html"}});

	CHECK(content_of_reply(get(owner.config, "/a")) == "page");
	CHECK(content_of_reply(get(owner.config, "/b")) == "own");
}

TEST_CASE("error pages: what is refused is named")
{
	Site site;
	auto refused = [&](const std::string &pages) {
		std::string error;
		khttpd_config *config = make_config(
			{{KH_PARAM_docroot, site.path}, {KH_PARAM_error_pages, pages}}, &error);

		khttpd_config_destroy(config);
		return error;
	};

	CHECK(refusal(KH_PARAM_error_pages, "404=/a") == "22 error_pages: files need docroot");
	CHECK(refused("404") == "22 error_pages: 404 is not STATUS=/NAME");
	for (const char *status : {"", "200", "400", "418", "4040", "404 "})
		CHECK(refused(std::string(status) + "=/a").substr(0, 16) == "22 error_pages: ");
	CHECK(refused("418=/a") ==
	      "22 error_pages: 418=/a: the status is not 403, 404, 500 or 503");
	CHECK(refused("404=/a 404=/b") == "22 error_pages: 404=/b: the status already has a page");
	CHECK(refused("404=a") == "22 error_pages: 404=a does not begin with /");
	CHECK(refused("404=") == "22 error_pages: 404= does not begin with /");
	CHECK(refused("404=/..") == "22 error_pages: 404=/.. cannot be the name of a file");
	CHECK(refused("404=/%zz") == "22 error_pages: 404=/%zz cannot be the name of a file");
	CHECK(refused("404=/a/") == "22 error_pages: 404=/a/ cannot be the name of a file");
	CHECK(refused("404=/.a") ==
	      "22 error_pages: 404=/.a is hidden: a name in it begins with a dot");
	CHECK(refused("404=/" + std::string(1020, 'a')).substr(0, 3) == "34 ");
	CHECK(refused("404=/" + std::string(1019, 'a')).empty());
	CHECK(refused("").empty());
}

TEST_CASE("error pages and files of routes: every allocation may fail")
{
	Site site;
	site.write("404.html", "page");
	ConfigOwner owner({{KH_PARAM_docroot, site.path},
			   {KH_PARAM_routes, "/a 200 a/b file:/404.html"},
			   {KH_PARAM_error_pages, "404=/404.html"}});

	for (long n = 0; n < 8; n++) {
		for (const char *path : {"/a", "/b"}) {
			const long before = world.blocks;
			{
				Client client(owner.config);
				world.allocations_left = n;
				client.send(std::string("GET ") + path +
					    " HTTP/1.1\r\nHost: x\r\n\r\n");
				world.allocations_left = -1;
				// An error may have its own text.
				CHECK((client.aborted || count(client.received, " 503 ") ||
				       content_of_reply(client.received) == "page" ||
				       (path[1] == 'b' && count(client.received, " 404 "))));
			}
			CHECK(world.blocks == before);
		}
	}
}

} // namespace khttpd
