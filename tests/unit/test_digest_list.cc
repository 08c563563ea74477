// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The list of digests that gives large files their tags.
#include "tag_support.h"

namespace khttpd {

TEST_CASE("tags: a digest of the list, for what was not changed since")
{
	Restore restore;
	Site site;
	const std::string content(kHashed + 1, 'x');
	std::string list;

	for (const char *name : {"a/1000", "a/1500", "a/1999", "b", "b c", "e", "f", "h", "z", "0"})
		site.write(name, content);
	// Many names on either side, so that the search has to look often.
	for (int i = 1000; i < 2000; i++) {
		const std::string name = "a/" + std::to_string(i);

		list += std::filesystem::exists(site.path / name) ?
				digest_line(site, name, '1') :
				name + "\t" + std::string(64, '0') + "\t1\t1\t1\t1\n";
	}
	list += digest_line(site, "b", '2') + digest_line(site, "b c", '3');
	list += digest_line(site, "e", 'z');
	list += "f\t" + std::string(64, '5') + "\t" + std::to_string(kHashed + 1) + "\n";
	const std::vector<u64 kh_file_info::*> columns = {&kh_file_info::size,
							  &kh_file_info::mtime_ns,
							  &kh_file_info::inode,
							  &kh_file_info::ctime_ns};
	for (size_t i = 0; i < columns.size(); i++) {
		const std::string name = "g" + std::to_string(i);

		site.write(name, content);
		list += digest_line(site, name, '6', columns[i]);
	}
	list += "h\t" + std::string(63, '7') + digest_line(site, "h", '7').substr(2 + 64);
	site.write(".khttpd-digests", list);

	for (const auto &settings : ways(site)) {
		ConfigOwner owner(settings);

		for (const char *path : {"/a/1000", "/a/1500", "/a/1999"})
			CHECK(tag_of(owner, path) == digest_tag('1'));
		CHECK(tag_of(owner, "/b") == digest_tag('2'));
		CHECK(tag_of(owner, "/b%20c") == digest_tag('3'));
		// Malformed, cut short, of another size, time, inode or ctime, or not listed.
		for (const char *path : {"/e", "/f", "/h", "/g0", "/g1", "/g2", "/g3", "/z", "/0"})
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

TEST_CASE("tags: a list that comes, goes or changes is seen while its files are in the cache")
{
	Restore restore;
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});

	site.write("f", std::string(kHashed + 1, 'x'));
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"s");
	for (char digit : {'1', '2'}) {
		site.write(".khttpd-digests", digest_line(site, "f", digit));
		world.ticks += kLookIsDue;
		CHECK(tag_of(owner, "/f") == digest_tag(digit));
	}
	std::filesystem::remove(site.path / ".khttpd-digests");
	world.ticks += kLookIsDue;
	CHECK(tag_of(owner, "/f").substr(0, 2) == "\"s");
}

} // namespace khttpd
