// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Ranges of files below a document root: how many, what they cost, and of what is empty.
#include "http/content_type.h"
#include "server_support.h"

namespace khttpd {

// RFC 9110 sections 14.2, 15.3.7.2 and 17.15
TEST_CASE("ranges: many ranges, as long as they are less than the whole")
{
	Site site;
	std::string large(200000, '.');
	for (size_t i = 0; i < large.size(); i++)
		large[i] = static_cast<char>('a' + i % 26);
	site.write("large", large);
	site.write("small", large.substr(0, 1800));
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});

	for (const char *cache : {"65536", "0"}) {
		ConfigOwner other({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, cache}});

		for (size_t number : {1, 2, 16, 17, 20, 255, 500, 512, 513}) {
			std::string ranges = "Range: bytes=", parts;

			for (size_t i = 0; i < number; i++) {
				const size_t at = i * 150;

				ranges += (i ? "," : "") + std::to_string(at) + "-" +
					  std::to_string(at + 9);
				parts += "Content-Range: bytes " + std::to_string(at) + "-" +
					 std::to_string(at + 9) + "/200000\r\n\r\n" +
					 large.substr(at, 10);
			}
			const std::string reply = ask(other, "/large", ranges + "\r\n");
			const std::string content = content_of_reply(reply);

			CAPTURE(number);
			CHECK(field_of_reply(reply, "Content-Length") ==
			      std::to_string(content.size()));
			CHECK(reply.substr(9, 3) == (number > 512 ? "200" : "206"));
			CHECK((content == large) == (number > 512));
			if (number == 1 || number > 512)
				continue;
			const std::string boundary =
				field_of_reply(reply, "Content-Type").substr(31);
			std::string got = content, between = "\r\n--" + boundary;
			CHECK(count(content, between) == static_cast<int>(number) + 1);
			for (size_t at; (at = got.find(between + "\r\n")) != got.npos;)
				got.erase(at, got.find("Content-Range", at) - at);
			CHECK(got == parts + between + "--\r\n");
		}
		khttpd_model::cache_clear();
	}
	// Each of a byte, and more in all than the file; a few are sent as they are asked for.
	for (size_t number : {16, 17}) {
		std::string ranges = "Range: bytes=0-0";

		for (size_t i = 1; i < number; i++)
			ranges += "," + std::to_string(i * 10) + "-" + std::to_string(i * 10);
		const std::string reply = ask(owner, "/small", ranges + "\r\n");
		CAPTURE(number);
		CHECK(reply.substr(9, 3) == (number == 16 ? "206" : "200"));
		CHECK((content_of_reply(reply) == large.substr(0, 1800)) == (number == 17));
	}
}

TEST_CASE("ranges: a reply has memory for the ranges that its request asks for")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}});
	const auto held = [&](const std::string &fields) {
		Client client(owner.config);

		world.held_most[KH_HELD_replies] = 0;
		client.send(get_text("/f", fields));
		CHECK(client.received.size() > 0);
		return world.held_most[KH_HELD_replies];
	};
	const u64 none = held("");

	CHECK(held("Range: bytes=0-1\r\n") == none + 16);
	// Each of several parts has the type.
	const u64 type = kContentTypeSize;
	CHECK(held("Range: bytes=0-0,2-2,4-4\r\n") == none + 48 + type);
	CHECK(held("Range: bytes=" + std::string(8000, ',') + "\r\n") == none);
	CHECK(held("Range: bytes=" + std::string(8000, '-') + "\r\n") == none + 8192 + type);
	CHECK(held("Range: bytes=0-1\r\nRange: bytes=0-1\r\n") == none);
}

// RFC 9110 section 14.2: Range may be ignored.
TEST_CASE("ranges: an empty file is all there is from its first byte on")
{
	Site site;
	site.write("f", "");

	for (const char *cache : {"65536", "0"}) {
		ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, cache}});

		for (const char *range : {"0-", "0-0", "0-499", "-1", "-500", "3-,0-"}) {
			const std::string reply =
				ask(owner, "/f", std::string("Range: bytes=") + range + "\r\n");
			CAPTURE(range);
			CHECK(reply.substr(9, 3) == "200");
			CHECK(field_of_reply(reply, "Content-Length") == "0");
			CHECK(field_of_reply(reply, "Content-Range").empty());
		}
		for (const char *range : {"1-", "5-9", "-0", "1-,2-"}) {
			const std::string reply =
				ask(owner, "/f", std::string("Range: bytes=") + range + "\r\n");
			CAPTURE(range);
			CHECK(reply.substr(9, 3) == "416");
			CHECK(field_of_reply(reply, "Content-Range") == "bytes */0");
		}
		khttpd_model::cache_clear();
	}
}

} // namespace khttpd
