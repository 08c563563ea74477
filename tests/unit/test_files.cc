// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Files below a document root, with the kernel side as a model.
#include "server_support.h"

namespace khttpd {

namespace {

std::string get_text(const std::string &path, const std::string &fields = "")
{
	return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

} // namespace

TEST_CASE("files: the document root goes while a request waits for the work item")
{
	Site site;
	site.write("f", "content");
	ConfigOwner before({{KH_PARAM_docroot, site.path}});
	ConfigOwner after({});

	for (const char *path : {"/", "/f"}) {
		Client client(before.config);

		client.applied = after.config;
		CHECK(client.send(get_text(path) + kGet));
		CHECK(count(client.received, " 404 ") == (path[1] ? 1 : 0));
		CHECK(count(client.received, "Hello World!") == (path[1] ? 1 : 2));
	}
}

} // namespace khttpd
