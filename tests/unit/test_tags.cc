// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Entity tags and dates of files: what vouches for the bytes, with the kernel side as a model.
#include "server_support.h"

namespace khttpd {

namespace {

constexpr size_t kHashed = 64 << 10; // the largest file whose content is hashed

// Puts the world back when a test ends.
struct Restore {
	~Restore()
	{
		world.change = KH_CHANGE_TOLD;
		world.kept_digest.clear();
		world.machine = 1;
		world.unix_seconds = 1700000000;
		world.held_limit = 64 << 20;
		khttpd_model::cache_clear();
	}
};

std::string tag_of(const ConfigOwner &owner, const std::string &path)
{
	return field_of_reply(ask(owner, path), "ETag");
}

int status_of(const ConfigOwner &owner, const std::string &path, const std::string &fields)
{
	return std::stoi(ask(owner, path, fields).substr(9, 3));
}

// Ways to serve a file: from the cache, with none, and with no memory for content.
std::vector<std::map<kh_param_id, std::string>> ways(const Site &site)
{
	return {{{KH_PARAM_docroot, site.path}},
		{{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}}};
}

} // namespace

// RFC 9110 section 8.8.1: a strong tag changes with the bytes.
TEST_CASE("tags: of a small file's content, wherever and whenever it lies there")
{
	Restore restore;
	Site site;
	Site other;
	std::vector<std::string> seen;

	site.write("a", "release 1");
	site.write("b/same", "release 1", 1400000000);
	other.write("a", "release 1", 1500000000);
	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);

		seen.push_back(tag_of(owner, "/a"));
		seen.push_back(tag_of(owner, "/a"));
		seen.push_back(tag_of(owner, "/b/same"));
	}
	world.machine = 2;
	for (const auto &settings : ways(other)) {
		ConfigOwner owner(settings);

		seen.push_back(tag_of(owner, "/a"));
		// While nothing can be held, too.
		world.held_limit = 8192;
		khttpd_model::cache_clear();
		seen.push_back(tag_of(owner, "/a"));
		world.held_limit = 64 << 20;
	}
	CHECK(seen[0].substr(0, 2) == "\"h");
	CHECK(seen[0].size() == 1 + 1 + 16 + 1);
	for (const std::string &tag : seen)
		CHECK(tag == seen[0]);
}

TEST_CASE("tags: other bytes under the same size and time")
{
	Restore restore;

	for (const bool large : {false, true}) {
		for (const bool cached : {true, false}) {
			Site site;
			const std::string pad(large ? kHashed : 0, 'x');
			ConfigOwner owner(ways(site)[cached ? 0 : 1]);

			CAPTURE(large);
			CAPTURE(cached);
			site.write("f", pad + "release 1");
			const std::string first = tag_of(owner, "/f");
			CHECK(first[0] == '"');
			CHECK(first[1] == (large ? 's' : 'h'));
			// Under the same inode, and then under another.
			site.write("f", pad + "release 2");
			world.ticks += 600;
			const std::string second = tag_of(owner, "/f");
			std::filesystem::remove(site.path / "f");
			site.write("f", pad + "release 3");
			world.ticks += 600;
			const std::string third = tag_of(owner, "/f");

			CHECK(second != first);
			CHECK(third != second);
			CHECK(third != first);
			CHECK(status_of(owner, "/f", "If-None-Match: " + first + "\r\n") == 200);
			CHECK(status_of(owner, "/f", "If-None-Match: " + third + "\r\n") == 304);
			const std::string range = "Range: bytes=0-0\r\nIf-Range: ";
			CHECK(status_of(owner, "/f", range + first + "\r\n") == 200);
			CHECK(status_of(owner, "/f", range + third + "\r\n") == 206);
			CHECK(status_of(owner, "/f", "If-Match: " + first + "\r\n") == 412);
			CHECK(status_of(owner, "/f", "If-Match: " + third + "\r\n") == 200);
		}
	}
}

TEST_CASE("tags: a large file's is this machine's own")
{
	Restore restore;
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});

	site.write("f", std::string(kHashed + 1, 'x'));
	site.write("g", std::string(kHashed, 'x'));
	const std::string large = tag_of(owner, "/f");
	const std::string small = tag_of(owner, "/g");
	world.machine = 2;
	khttpd_model::cache_clear();
	CHECK(tag_of(owner, "/f") != large);
	CHECK(tag_of(owner, "/g") == small);
	CHECK(large[1] == 's');
	CHECK(small[1] == 'h');
	// The bound is a setting.
	khttpd_model::cache_clear();
	ConfigOwner more({{KH_PARAM_docroot, site.path}, {KH_PARAM_etag_hash_size, "65"}});
	CHECK(tag_of(more, "/f")[1] == 'h');
}

TEST_CASE("tags: a digest that the file system keeps")
{
	Restore restore;
	Site site;

	site.write("f", std::string(kHashed + 1, 'x'));
	world.kept_digest = std::string(32, '\xa5');
	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);
		std::string expected = "\"d";

		for (int i = 0; i < 16; i++)
			expected += "a5";
		CHECK(tag_of(owner, "/f") == expected + "\"");
		world.machine++;
		CHECK(tag_of(owner, "/f") == expected + "\"");
	}
}

namespace {

// A line of the list as khttpdctl(8) writes it, of a file as it is.
std::string digest_line(const Site &site, const std::string &name, char digit, size_t more = 0)
{
	const kh_root root{site.path};
	kh_file_info info;

	REQUIRE(kh_file_stat(&root, name.c_str(), &info) == 0);
	return name + "\t" + std::string(64, digit) + "\t" + std::to_string(info.size + more) +
	       "\t" + std::to_string(info.mtime_ns) + "\t" + std::to_string(info.inode) + "\t" +
	       std::to_string(info.ctime_ns) + "\n";
}

std::string digest_tag(char digit)
{
	return "\"d" + std::string(32, digit) + "\"";
}

} // namespace

TEST_CASE("tags: a digest of the list, for what was not changed since")
{
	Restore restore;
	Site site;
	const std::string content(kHashed + 1, 'x');
	std::string list;

	for (const char *name : {"a/1000", "a/1500", "a/1999", "b", "b c", "c", "e", "f", "z", "0"})
		site.write(name, content);
	// Many names on either side, so that the search has to look often.
	for (int i = 1000; i < 2000; i++) {
		const std::string name = "a/" + std::to_string(i);

		list += std::filesystem::exists(site.path / name) ?
				digest_line(site, name, '1') :
				name + "\t" + std::string(64, '0') + "\t1\t1\t1\t1\n";
	}
	list += digest_line(site, "b", '2') + digest_line(site, "b c", '3');
	list += digest_line(site, "c", '4', 1) + digest_line(site, "e", 'z');
	list += "f\t" + std::string(64, '5') + "\t" + std::to_string(kHashed + 1) + "\n";
	site.write(".khttpd-digests", list);

	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);

		for (const char *path : {"/a/1000", "/a/1500", "/a/1999"})
			CHECK(tag_of(owner, path) == digest_tag('1'));
		CHECK(tag_of(owner, "/b") == digest_tag('2'));
		CHECK(tag_of(owner, "/b%20c") == digest_tag('3'));
		// Of another size, malformed, cut short, or not listed.
		for (const char *path : {"/c", "/e", "/f", "/z", "/0"})
			CHECK(tag_of(owner, path).substr(0, 2) == "\"s");
		CHECK(ask(owner, "/.khttpd-digests").find(" 404 ") != std::string::npos);
		// The same on another machine.
		world.machine++;
		khttpd_model::cache_clear();
		CHECK(tag_of(owner, "/b") == digest_tag('2'));
		// Where nothing tells of changes no list can vouch; that of an image does.
		world.change = KH_CHANGE_UNTOLD;
		khttpd_model::cache_clear();
		CHECK(tag_of(owner, "/b").substr(0, 4) == "W/\"w");
		world.change = KH_CHANGE_NEVER;
		khttpd_model::cache_clear();
		CHECK(tag_of(owner, "/b") == digest_tag('2'));
		world.change = KH_CHANGE_TOLD;
		khttpd_model::cache_clear();
	}
	// Another file under the name, older than the list, of the same size and time; and the same
	// file, written to.
	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);

		std::filesystem::rename(site.path / "z", site.path / "b");
		CHECK(tag_of(owner, "/b").substr(0, 2) == "\"s");
		site.write("z", content);
		site.write("b c", content);
		CHECK(tag_of(owner, "/b%20c").substr(0, 2) == "\"s");
	}
}

TEST_CASE("tags: a list that is none")
{
	Restore restore;
	Site site;
	const std::string content(kHashed + 1, 'x');
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}});

	site.write("b", content);
	for (const std::string &list :
	     {std::string(), std::string("\n"), std::string(100, '\n'), std::string(20000, 'b'),
	      "b" + std::string(20000, '\t'), std::string("b\t\t\t"),
	      digest_line(site, "b", '1').substr(0, 90),
	      std::string(10000, '\0') + "\n" + std::string(5000, '\xff')}) {
		site.write(".khttpd-digests", list);
		CHECK(tag_of(owner, "/b").substr(0, 2) == "\"s");
	}
	std::filesystem::remove(site.path / ".khttpd-digests");
	std::filesystem::create_directory(site.path / ".khttpd-digests");
	CHECK(tag_of(owner, "/b").substr(0, 2) == "\"s");
}

// RFC 9110 section 8.8.1: a weak tag must not become the strong one of other bytes.
TEST_CASE("tags: a recent large file's is weak, and no later one matches it")
{
	Restore restore;
	Site site;
	const long now = static_cast<long>(world.unix_seconds);

	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);

		site.write("f", std::string(kHashed + 1, 'x'), now);
		site.write("g", "small", now);
		khttpd_model::cache_clear();
		const std::string recent = tag_of(owner, "/f");
		CHECK(recent.substr(0, 4) == "W/\"r");
		CHECK(status_of(owner, "/f", "If-None-Match: " + recent + "\r\n") == 304);
		CHECK(status_of(owner, "/f", "If-Match: " + recent + "\r\n") == 412);
		CHECK(status_of(owner, "/f", "Range: bytes=0-0\r\nIf-Range: " + recent + "\r\n") ==
		      200);
		// What is read at once and sent from memory is what was hashed.
		const std::string small = tag_of(owner, "/g");
		CHECK(small.substr(0, 2) == (settings.size() == 1 ? "\"h" : "W/"));
		world.unix_seconds += 2;
		CHECK(tag_of(owner, "/f").substr(0, 2) == "\"s");
		CHECK(status_of(owner, "/f", "If-None-Match: " + recent + "\r\n") == 200);
		// For the same bytes it may.
		CHECK(status_of(owner, "/g", "If-None-Match: " + small + "\r\n") == 304);
		world.unix_seconds -= 2;
	}
}

TEST_CASE("tags: where no file system tells of changes, bytes are looked at again")
{
	Restore restore;

	for (const kh_change change : {KH_CHANGE_UNTOLD, KH_CHANGE_NEVER}) {
		Site site;
		ConfigOwner owner({{KH_PARAM_docroot, site.path}});

		world.change = change;
		site.write("f", "content");
		site.write("large", std::string(kHashed + 1, 'x'));
		const u32 before = world.opens;
		CHECK(tag_of(owner, "/f").substr(0, 2) == "\"h");
		CHECK(tag_of(owner, "/large").substr(0, 4) == "W/\"w");
		CHECK(ask(owner, "/f").find("content") != std::string::npos);
		CHECK(world.opens == before + 2);
		world.ticks += 600;
		CHECK(ask(owner, "/f").find("content") != std::string::npos);
		CHECK(world.opens == before + 3);
	}
}

// RFC 9110 section 8.8.3.3.
TEST_CASE("tags: two codings of a file never have the same")
{
	Restore restore;
	Site site;

	site.write("f", "the same bytes");
	site.write("f.gz", "the same bytes");
	site.write("f.zst", "the same bytes");
	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);
		const std::string plain = tag_of(owner, "/f");
		const std::string body = plain.substr(0, plain.size() - 1);

		CHECK(field_of_reply(ask(owner, "/f", "Accept-Encoding: gzip\r\n"), "ETag") ==
		      body + ".gz\"");
		CHECK(field_of_reply(ask(owner, "/f", "Accept-Encoding: zstd\r\n"), "ETag") ==
		      body + ".zst\"");
	}
}

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

	for (const long time : {0, 1, 2}) {
		site.write("f", "content", time);
		for (const auto &settings : ways(site)) {
			ConfigOwner owner(settings);

			CAPTURE(time);
			for (int round = 0; round < 2; round++) {
				const std::string reply = ask(owner, "/f");

				CHECK(field_of_reply(reply, "Last-Modified").empty() == (time < 2));
				CHECK(field_of_reply(reply, "ETag").substr(0, 2) == "\"h");
				CHECK(status_of(owner, "/f", since) == (time < 2 ? 200 : 304));
				CHECK(status_of(owner, "/f",
						"If-Unmodified-Since: Thu, 01 Jan 1970 "
						"00:00:00 GMT\r\n") == (time < 2 ? 200 : 412));
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
				   "/late 503 text/plain file:/now ; /moved 301 /x"}});

	for (const char *path : {"/text", "/made", "/d/"}) {
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
