// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Entity tags of files: what vouches for the bytes, with the kernel side as a model.
#include "server/files/file_tag.h"
#include "tag_support.h"

namespace khttpd {

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
			world.ticks += kLookIsDue;
			const std::string second = tag_of(owner, "/f");
			std::filesystem::remove(site.path / "f");
			site.write("f", pad + "release 3");
			world.ticks += kLookIsDue;
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

TEST_CASE("tags: of a stamp, by each part of it")
{
	Restore restore;
	const kh_file_info first = {.size = 1,
				    .inode = 2,
				    .mtime = 3,
				    .mtime_ns = 3000000000,
				    .ctime_ns = 4000000000,
				    .device = 5,
				    .change = KH_CHANGE_TOLD,
				    .directory = false,
				    .time_of_image = false};
	const auto tag = [](const kh_file_info &info, u64 sample = 0) {
		return text_of(FileTag::of_stamp(info, sample, Coding::identity).text(true));
	};
	kh_file_info other = first;

	CHECK(tag(first) == tag(other));
	// A device's number is another after each boot.
	other.device++;
	CHECK(tag(first) == tag(other));
	for (u64 *part : {&other.size, &other.inode, &other.mtime_ns, &other.ctime_ns}) {
		other = first;
		(*part)++;
		CHECK(tag(first) != tag(other));
	}
	CHECK(tag(first) != tag(first, 1));
	CHECK(text_of(FileTag::of_stamp(first, 0, Coding::identity).text(false)).substr(0, 4) ==
	      "W/\"r");
}

TEST_CASE("tags: a large file that changes while it is looked at is never sent under a strong one")
{
	Restore restore;

	for (const bool cached : {true, false}) {
		Site site;
		ConfigOwner owner(ways(site)[cached ? 0 : 1]);
		const auto write = [&](char c) { site.write("f", std::string(kHashed + 1, c)); };

		for (const char *before : {"\"s", "\"d"}) {
			write('a');
			world.ticks += kLookIsDue;
			if (before[1] == 'd')
				site.write(".khttpd-digests", digest_line(site, "f", '1'));
			khttpd_model::cache_clear();
			const std::string tag = tag_of(owner, "/f");
			CHECK(tag.substr(0, 2) == before);
			khttpd_model::cache_clear();
			world.before_read = [&] { write('b'); };
			const std::string reply =
				ask(owner, "/f", "Range: bytes=0-4\r\nIf-Range: " + tag + "\r\n");
			CHECK(!world.before_read);
			CHECK(reply.find("HTTP/1.1 200 ") == 0);
			CHECK(field_of_reply(reply, "ETag").substr(0, 4) == "W/\"r");
			CHECK(content_of_reply(reply).substr(0, 1) == "b");
			world.before_read = nullptr;
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

TEST_CASE("tags: another file system in place of one, with the same inode and times")
{
	Restore restore;
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});

	site.write("f", "content");
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"h");
	world.ticks += kLookIsDue;
	u64 before = world.bytes_read;
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"h");
	CHECK(world.bytes_read == before);
	world.device++;
	world.ticks += kLookIsDue;
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"h");
	CHECK(world.bytes_read == before + 7);
}

TEST_CASE("tags: what a client can have read again and again")
{
	Restore restore;
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	ConfigOwner uncached({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}});
	const auto read_by = [&](const ConfigOwner &by, const std::string &path,
				 const std::string &fields) {
		const u64 before = world.bytes_read;

		for (int i = 0; i < 10; i++)
			ask(by, path, fields);
		return world.bytes_read - before;
	};

	// Ranges and 412 of what is in the cache, on a file system that does not tell of changes.
	world.change = KH_CHANGE_UNTOLD;
	site.write("large", std::string(kHashed + 1, 'x'));
	ask(owner, "/large");
	CHECK(read_by(owner, "/large", "Range: bytes=0-0\r\n") == 0);
	CHECK(read_by(owner, "/large", "If-Match: \"x\"\r\n") == 0);
	world.ticks += kLookIsDue;
	CHECK(read_by(owner, "/large", "Range: bytes=0-0\r\n") == kHashed + 1);
	world.change = KH_CHANGE_TOLD;
	// A file that cannot be kept yet.
	site.write("ahead", std::string(kHashed + 1, 'x'), 1800000000);
	CHECK(read_by(owner, "/ahead", "If-None-Match: *\r\n") == 0);
	// The plain file of a coded reply.
	site.write("f", "content");
	site.write("f.gz", "coded");
	CHECK(read_by(uncached, "/f", "Accept-Encoding: gzip\r\n") == 10 * 5);
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
		const std::string weak = tag_of(owner, "/large");
		CHECK(weak.substr(0, 4) == "W/\"w");
		CHECK(ask(owner, "/f").find("content") != std::string::npos);
		CHECK(world.opens == before + 2);
		world.ticks += kLookIsDue;
		CHECK(ask(owner, "/f").find("content") != std::string::npos);
		CHECK(world.opens == before + 3);
		// Both ends are part of a weak tag: another image has other ones.
		for (const bool at_end : {false, true}) {
			std::string other(kHashed + 1, 'x');

			(at_end ? other.back() : other.front()) = 'y';
			site.write("large", other);
			khttpd_model::cache_clear();
			CHECK(tag_of(owner, "/large").substr(0, 4) == "W/\"w");
			CHECK(status_of(owner, "/large", "If-None-Match: " + weak + "\r\n") == 200);
		}
		// What was hashed is sure to be what is sent if it is held or cannot change.
		ConfigOwner uncached({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}});
		CHECK((tag_of(uncached, "/f")[0] == 'W') == (change == KH_CHANGE_UNTOLD));
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

} // namespace khttpd
