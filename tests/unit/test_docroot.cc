// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Which directory is served, or none.
#include "server_support.h"

namespace khttpd {

TEST_CASE("docroot: the default document root need not exist")
{
	const std::string page = "\r\n\r\nHello World!\n", file = "\r\n\r\nsite";
	const std::map<kh_param_id, std::string> needing = {
		{KH_PARAM_routes, "/a 200 text/plain file:/index.html"}};
	auto get = [](const khttpd_config *config) {
		Client client(config);
		client.send(kGet);
		return client.received;
	};
	Site site;
	std::string error;

	site.write("index.html", "site");
	{
		ConfigOwner owner({});
		CHECK_FALSE(khttpd_config_has_root(owner.config));
		CHECK(count(get(owner.config), page) == 1);
		CHECK(count(get(owner.config), file) == 0);
		CHECK_FALSE(make_config(needing, &error));
		CHECK(error == "22 routes: entry 1: a file needs docroot");
		CHECK(refusal(KH_PARAM_error_pages, "404=/a") ==
		      "22 error_pages: files need docroot");
	}
	world.default_docroot = site.path;
	{
		ConfigOwner owner({});
		CHECK(khttpd_config_has_root(owner.config));
		CHECK(count(get(owner.config), file) == 1);
		ConfigOwner routes(needing);
		ConfigOwner none({{KH_PARAM_docroot, ""}});
		CHECK_FALSE(khttpd_config_has_root(none.config));
		CHECK(count(get(none.config), page) == 1);
	}
	// Anything else that keeps it from being used is a mistake.
	world.default_docroot = site.path / "index.html";
	CHECK_FALSE(make_config({}, &error));
	CHECK(error == "20 docroot=/var/www/khttpd: not a directory");
	world.default_docroot.clear();
}

TEST_CASE("docroot: the document root may be taken away before the file is looked for")
{
	Site site;
	site.write("f", "content");
	ConfigOwner before({{KH_PARAM_docroot, site.path}});
	ConfigOwner after({});
	Client client(before.config);

	client.resolve_with(after.config);
	CHECK(client.send("GET /f HTTP/1.1\r\nHost: x\r\n\r\n"));
	CHECK(count(client.received, " 404 ") == 1);
}

} // namespace khttpd
