// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What tests of entity tags share: the world put back, what a reply's tag is, ways to serve a file.
#pragma once

#include "server_support.h"

namespace khttpd {

inline constexpr size_t kHashed = 64 << 10; // the largest file whose content is hashed

// Puts the world back when a test ends.
struct Restore {
	~Restore()
	{
		world.change = KH_CHANGE_TOLD;
		world.kept_digest.clear();
		world.before_read = nullptr;
		world.device = 0;
		world.machine = 1;
		world.unix_seconds = 1700000000;
		world.image_seconds = 0;
		world.held_limit = 64 << 20;
		khttpd_model::cache_clear();
	}
};

inline std::string tag_of(const ConfigOwner &owner, const std::string &path)
{
	return field_of_reply(ask(owner, path), "ETag");
}

inline int status_of(const ConfigOwner &owner, const std::string &path, const std::string &fields)
{
	return std::stoi(ask(owner, path, fields).substr(9, 3));
}

// Ways to serve a file: from the cache, and with none.
inline std::vector<std::map<kh_param_id, std::string>> ways(const Site &site)
{
	return {{{KH_PARAM_docroot, site.path}},
		{{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, "0"}}};
}

// A line of the list as khttpdctl(8) writes it, of a file as it is.
inline std::string digest_line(const Site &site, const std::string &name, char digit,
			       u64 kh_file_info::*wrong = nullptr)
{
	kh_root root{site.path};
	kh_file_info info;

	REQUIRE(kh_file_stat(&root, name.c_str(), &info) == 0);
	if (wrong)
		info.*wrong += 1;
	return name + "\t" + std::string(64, digit) + "\t" + std::to_string(info.size) + "\t" +
	       std::to_string(info.mtime_ns) + "\t" + std::to_string(info.inode) + "\t" +
	       std::to_string(info.ctime_ns) + "\n";
}

inline std::string digest_tag(char digit)
{
	return "\"d" + std::string(32, digit) + "\"";
}

} // namespace khttpd
