// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the core tells to tracepoints: how a reply was made, which limit was hit, what was wrong.
#include "server_support.h"

namespace khttpd {

namespace {

struct Tracing {
	Tracing()
	{
		world.traced = {};
		world.traced.on = true;
	}
	~Tracing() { world.traced = {}; }
};

using Limits = std::vector<kh_limit>;
using Errors = std::vector<std::pair<kh_error, int>>;

// Asks on a connection of its own.
void send(const TextConfig &owner, const std::string &text)
{
	Client client(owner.config);

	client.send(text);
}

} // namespace

TEST_CASE("tracepoints: a reply, its path, whether the cache had it, and its place")
{
	const Tracing tracing;
	Site site;
	site.write("a", "content");
	const TextConfig owner("docroot = " + site.path.string() +
			       "\n[location = /none]\n[site two.example]\n");
	REQUIRE(owner.config);

	for (const char *path : {"/a", "/a", "/none"})
		send(owner, get_text(path));
	send(owner, "GET /a HTTP/1.1\r\nHost: two.example\r\n\r\n");
	send(owner, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n");

	const std::vector<kh_trace_reply> &told = world.traced.replies;
	const u32 expected[][4] = {{200, KH_PATH_FILE, 0, 0},
				   {200, KH_PATH_WORK, 1, 0},
				   {404, KH_PATH_FILE, 0, 0},
				   {200, KH_PATH_FILE, 0, 1},
				   {501, KH_PATH_WORK, 0, 0}};
	REQUIRE(told.size() == 5);
	for (size_t i = 0; i < told.size(); i++) {
		CHECK(told[i].status == expected[i][0]);
		CHECK(told[i].path == expected[i][1]);
		CHECK(told[i].cache == expected[i][2]);
		CHECK(told[i].site == expected[i][3]);
		CHECK(told[i].bytes > 50);
	}
	CHECK(told[0].place == 0);
	CHECK(told[1].place == 0);
	CHECK(told[2].place != 0);
	CHECK(told[3].place != 0);
	CHECK(told[2].place != told[3].place);
	CHECK(world.traced.limits.empty());
	CHECK(world.traced.errors.empty());
}

TEST_CASE("tracepoints: the limit that refuses a request")
{
	const TextConfig owner("max_target_size = 64\nmax_header_size = 1024\nmax_body_size = 9\n"
			       "rate = 1/s 1\n");
	REQUIRE(owner.config);
	const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
	const std::string too_much = "X: " + std::string(1100, 'x');
	const std::pair<std::string, kh_limit> cases[] = {
		{get_text("/" + std::string(70, 'x')), KH_LIMIT_TARGET},
		{"GET / HTTP/1.1\r\n" + too_much, KH_LIMIT_HEAD},
		{post + "Content-Length: 10\r\n\r\n", KH_LIMIT_BODY},
		{post + "Transfer-Encoding: chunked\r\n\r\na\r\n", KH_LIMIT_BODY},
		{kGet, KH_LIMIT_RATE},
	};

	for (const auto &[text, limit] : cases) {
		const Tracing tracing;

		world.rate_left = 0;
		send(owner, text);
		CHECK(world.traced.limits == Limits{limit});
		CHECK(world.traced.errors.empty());
		world.rate_left = ~0u;
	}
}

TEST_CASE("tracepoints: what is malformed")
{
	const std::pair<std::string, Errors> cases[] = {
		{"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", {{KH_ERROR_HEAD, 400}}},
		{"GET / HTTP/3.0\r\nHost: x\r\n\r\n", {{KH_ERROR_HEAD, 505}}},
		{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
		 {{KH_ERROR_BODY, 400}}},
		{kGet, {}},
	};
	const TextConfig owner("");

	REQUIRE(owner.config);
	for (const auto &[text, errors] : cases) {
		const Tracing tracing;

		send(owner, text);
		CHECK(world.traced.errors == errors);
		CHECK(world.traced.limits.empty());
	}
	const Tracing tracing;
	const TextConfig proxied("proxy_protocol = 192.0.2.0/24\n");
	REQUIRE(proxied.config);
	send(proxied, kGet);
	CHECK(world.traced.errors == Errors{{KH_ERROR_PROXY, 0}});
	// Version 2 with addresses of IPv4 and an addition that is cut short.
	send(proxied,
	     std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0d", 16) + std::string(13, '\1'));
	CHECK(world.traced.errors == Errors{{KH_ERROR_PROXY, 0}, {KH_ERROR_PROXY, 0}});
}

TEST_CASE("tracepoints: the path of a key, without what tells whose it is")
{
	Site site;
	site.write("a", "content");
	const TextConfig owner("docroot = " + site.path.string() + "\n[site two.example]\n");
	REQUIRE(owner.config);
	send(owner, get_text("/a"));
	send(owner, "GET /a HTTP/1.1\r\nHost: two.example\r\n\r\n");
	REQUIRE(world.cache.size() == 2);
	for (const auto &[key, node] : world.cache) {
		const u8 *data = reinterpret_cast<const u8 *>(key.data());

		CHECK(key.substr(0, khttpd_key_path(data, static_cast<u32>(key.size()))) == "/a");
	}
}

} // namespace khttpd
