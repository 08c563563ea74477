// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Heads that have to be kept, where there is no memory for them.
#include "server_support.h"

namespace khttpd {

TEST_CASE("connection: a head that there is no memory to keep stays in the socket")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	const std::vector<std::string> later = {
		"GET /f HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab",
		"POST /f HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		"chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		"GET /f HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\na",
		"GET /f HTTP/1.1\r\nHost: x\r\nX: " + std::string(2000, 'x') + "\r\n\r\n",
	};
	struct Talk {
		std::string received;
		u32 starved;
	};
	// The request in two parts between others; allocations fail in one of them.
	const auto talk = [&](const std::string &request, size_t cut, int without_memory) {
		const std::string parts[] = {kGet + request.substr(0, cut),
					     request.substr(cut) + kGet};
		const long before = world.blocks;
		Talk result;
		{
			Client client(owner.config);

			for (int part = 0; part < 2; part++) {
				world.allocations_left = part == without_memory ? 0 : -1;
				client.send(parts[part]);
				world.allocations_left = -1;
			}
			CHECK(client.open);
			CHECK(client.requests == 3);
			result = {client.received, client.starved};
		}
		khttpd_model::cache_clear();
		CHECK(world.blocks == before);
		return result;
	};

	for (const std::string &request : later) {
		CAPTURE(request);
		for (size_t cut = 1; cut <= request.size(); cut++) {
			const Talk kept_later = talk(request, cut, 0);

			CAPTURE(cut);
			CHECK(kept_later.received == talk(request, cut, -1).received);
			CHECK(kept_later.starved == 1);
		}
	}

	const Talk grown_later = talk(later.back(), 500, 1);

	CHECK(grown_later.received == talk(later.back(), 0, -1).received);
	CHECK(grown_later.starved == 1);
}

TEST_CASE("connection: beyond the bound of heads it is given up, and nothing is left behind")
{
	ConfigOwner owner({});
	const long before = world.blocks;
	{
		Client client(owner.config);
		world.held_limit = 255;
		CHECK(!client.send("GET / HT"));
		CHECK(client.aborted);
		world.held_limit = 64 << 20;
	}
	CHECK(world.blocks == before);
}

} // namespace khttpd
