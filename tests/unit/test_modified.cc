// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Last-Modified, and conditions of what has no validator.
#include "tag_support.h"

namespace khttpd {

// RFC 9110 section 8.8.2.1.
TEST_CASE("dates: Last-Modified is never later than Date, from the cache as well")
{
	Restore restore;
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	const long now = static_cast<long>(world.unix_seconds);

	site.write("f", "content", now - 100);
	site.write("large", std::string(kHashed + 1, 'x'), now - 100);
	CHECK(tag_of(owner, "/large").substr(0, 2) == "\"s");
	CHECK(field_of_reply(ask(owner, "/f"), "Last-Modified") == "Tue, 14 Nov 2023 22:11:40 GMT");
	// The clock is set back.
	world.unix_seconds -= 1000;
	for (const char *path : {"/f", "/large"}) {
		const std::string reply = ask(owner, path);

		CHECK(reply.find("HTTP/1.1 200 ") == 0);
		CHECK(field_of_reply(reply, "Date") == "Tue, 14 Nov 2023 21:56:40 GMT");
		CHECK(field_of_reply(reply, "Last-Modified") == field_of_reply(reply, "Date"));
	}
	CHECK(tag_of(owner, "/large").substr(0, 4) == "W/\"r");
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"h");
	world.unix_seconds += 1000;
	CHECK(tag_of(owner, "/large").substr(0, 2) == "\"s");
}

TEST_CASE("dates: times that mean nothing are not told, and no condition is about them")
{
	Restore restore;
	Site site;
	const std::string since = "If-Modified-Since: Tue, 14 Nov 2023 22:11:40 GMT\r\n";

	world.image_seconds = 1500000000;
	for (const long time : {0, 1, 315532800, 499162500, 1500000000, 2, 315532801}) {
		const bool told = time == 2 || time == 315532801;

		site.write("f", "content", time);
		for (const auto &settings : ways(site)) {
			ConfigOwner owner(settings);

			CAPTURE(time);
			for (int round = 0; round < 2; round++) {
				const std::string reply = ask(owner, "/f");

				CHECK(field_of_reply(reply, "Last-Modified").empty() == !told);
				CHECK(field_of_reply(reply, "ETag").substr(0, 2) == "\"h");
				CHECK(status_of(owner, "/f", since) == (told ? 304 : 200));
				CHECK(status_of(owner, "/f",
						"If-Unmodified-Since: Thu, 01 Jan 1970 "
						"00:00:00 GMT\r\n") == (told ? 412 : 200));
			}
		}
	}
}

// RFC 9110 section 13.1: what is there is what `*` stands for, with a validator or none.
TEST_CASE("conditions: of what is written in the configuration, of files of routes, of listings")
{
	Restore restore;
	Site site;
	const long now = static_cast<long>(world.unix_seconds);

	site.write("d/f", "content");
	site.write("now", "content", now - 100);
	ConfigOwner owner(
		{{KH_PARAM_docroot, site.path},
		 {KH_PARAM_autoindex, "1"},
		 {KH_PARAM_routes, "/text 200 text/plain 'text' ; /made 201 text/plain 'made' ; "
				   "/file 200 text/plain file:/now ; /sorry 404 text/x 'no' ; "
				   "/late 503 text/plain file:/now ; /moved 301 /x ; "
				   "/other 203 text/plain file:/now"},
		 {KH_PARAM_cache_control, "max-age=9"}});

	for (const char *path : {"/text", "/made", "/d/", "/other"}) {
		CAPTURE(path);
		CHECK(status_of(owner, path, "If-Match: \"x\"\r\n") == 412);
		CHECK(status_of(owner, path, "If-Match: *\r\n") / 100 == 2);
		CHECK(status_of(owner, path, "If-None-Match: *\r\n") == 304);
		CHECK(status_of(owner, path, "If-None-Match: \"x\"\r\n") / 100 == 2);
		CHECK(status_of(owner, path,
				"If-Modified-Since: Tue, 14 Nov 2023 22:11:40 GMT"
				"\r\n") /
			      100 ==
		      2);
	}
	// Section 15.4.5: what the 200 would have.
	for (const char *path : {"/d/", "/other"}) {
		for (const char *fields : {"", "If-None-Match: *\r\n"})
			CHECK(field_of_reply(ask(owner, path, fields), "Cache-Control") ==
			      "max-age=9");
	}
	// Nothing but success is conditional (section 13.2.1).
	for (const char *path : {"/sorry", "/late", "/moved", "/none"}) {
		CAPTURE(path);
		CHECK(status_of(owner, path, "If-Match: \"x\"\r\n") == status_of(owner, path, ""));
		CHECK(status_of(owner, path, "If-None-Match: *\r\n") == status_of(owner, path, ""));
	}
	// A route's file is as another.
	const std::string file = ask(owner, "/file");
	const std::string tag = field_of_reply(file, "ETag");
	CHECK(tag.substr(0, 2) == "\"h");
	CHECK(field_of_reply(file, "Content-Type") == "text/plain; charset=utf-8");
	CHECK(field_of_reply(file, "Last-Modified") == "Tue, 14 Nov 2023 22:11:40 GMT");
	CHECK(status_of(owner, "/file", "If-None-Match: " + tag + "\r\n") == 304);
	CHECK(status_of(owner, "/file", "If-Match: \"x\"\r\n") == 412);
	const std::string part = ask(owner, "/file", "Range: bytes=1-2\r\n");
	CHECK(part.find("HTTP/1.1 206 ") == 0);
	CHECK(part.substr(part.size() - 6) == "\r\n\r\non");
}

} // namespace khttpd
