// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What tests of the server share: a configuration, a directory of files, and requests.
#pragma once

#include <filesystem>
#include <fstream>

#include "kapi_model.h"
#include "support.h"

namespace khttpd {

using khttpd_model::Client;
using khttpd_model::kLookIsDue;
using khttpd_model::make_config;
using khttpd_model::world;

struct ConfigOwner {
	explicit ConfigOwner(const std::map<kh_param_id, std::string> &settings)
		: config(make_config(settings))
	{
		REQUIRE(config);
	}
	~ConfigOwner()
	{
		khttpd_model::cache_clear();
		khttpd_config_destroy(config);
	}
	khttpd_config *config;
};

// A configuration made of a text; null, with `mistakes`, when that is refused.
struct TextConfig {
	explicit TextConfig(const std::string &text)
		: config(khttpd_model::make_config_of_text(text, mistakes))
	{
		CHECK((config == nullptr) == !mistakes.empty());
	}
	~TextConfig()
	{
		khttpd_model::cache_clear();
		khttpd_config_destroy(config);
	}
	std::string mistakes;
	khttpd_config *config;
};

inline std::string refusal(kh_param_id id, const std::string &value)
{
	std::string error;
	khttpd_config *config = make_config({{id, value}}, &error);

	khttpd_config_destroy(config);
	return error;
}

inline size_t count(const std::string &text, const std::string &part)
{
	size_t n = 0;

	for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
		n++;
	return n;
}

inline const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

// A directory of files that goes with it. Old enough for the cache to trust their time.
class Site {
public:
	Site()
	{
		char name[] = "/tmp/khttpd-unit-XXXXXX";

		REQUIRE(mkdtemp(name));
		path = name;
	}
	~Site() { std::filesystem::remove_all(path); }
	// `seconds` is the time of last modification.
	void write(const std::string &name, const std::string &content, long seconds = 1600000000)
	{
		std::filesystem::create_directories((path / name).parent_path());
		std::ofstream(path / name) << content;
		struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
		utimensat(AT_FDCWD, (path / name).c_str(), times, 0);
	}
	std::filesystem::path path;
};

inline std::string get_text(const std::string &path, const std::string &fields = "")
{
	return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

// The reply to one GET on a connection of its own.
inline std::string ask(const ConfigOwner &owner, const std::string &path,
		       const std::string &fields = "")
{
	Client client(owner.config);

	client.send(get_text(path, fields));
	return client.received;
}

// The value of a reply's field; empty when it has none.
inline std::string field_of_reply(const std::string &reply, const std::string &name)
{
	const std::string head = reply.substr(0, reply.find("\r\n\r\n") + 2);
	const size_t at = head.find("\r\n" + name + ": ");

	if (at == std::string::npos)
		return "";
	const size_t begin = at + name.size() + 4;
	return head.substr(begin, head.find("\r\n", begin) - begin);
}

inline std::string content_of_reply(const std::string &reply)
{
	return reply.substr(reply.find("\r\n\r\n") + 4);
}

inline std::string get(const khttpd_config *config, const std::string &path,
		       const std::string &method = "GET", const std::string &fields = "")
{
	Client client(config);

	client.send(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
	CHECK(client.open);
	return client.received;
}

inline std::string refused_routes(const std::string &routes)
{
	return refusal(KH_PARAM_routes, routes);
}

inline std::string ask_host(const TextConfig &owner, const std::string &host,
			    const std::string &path, const std::string &fields = "")
{
	Client client(owner.config);

	client.send("GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + fields + "\r\n");
	return client.received;
}

} // namespace khttpd
