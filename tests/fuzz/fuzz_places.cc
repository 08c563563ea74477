// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Texts in the canonical form. What is accepted is printed as a text that is accepted again and
// prints the same; what is refused is refused in lines with numbers. Whatever places there are, a
// request gets one reply, with fields and a length that are right.
#include <filesystem>

#include "../unit/kapi_model.cc"
#include "fuzz.h"
#include "replies.h"

namespace {

// All that is in force, as /proc/net/khttpd/config has it.
std::string print(const khttpd_config *config, std::string &rest)
{
	std::string text;
	char value[8192];

	for (int id = 0; id < KH_PARAM_COUNT; id++) {
		const int n = khttpd_config_print(config, static_cast<kh_param_id>(id), true, value,
						  sizeof(value));

		FUZZ_CHECK(n >= 0 && static_cast<size_t>(n) == strlen(value));
		const khttpd::Bytes name = khttpd::setting_name(static_cast<kh_param_id>(id));
		text.append(reinterpret_cast<const char *>(name.data()), name.size());
		text += std::string(" = ") + value + "\n";
	}
	size_t size;
	const char *lines = khttpd_config_rest(config, &size);
	rest = std::string(lines ? lines : "", size);
	return text + rest;
}

// Words of the text that may be hosts and paths.
void ask(const khttpd_config *config, const std::string &text)
{
	std::string hosts[] = {"x", "a.x"}, paths[] = {"/", "/f", "/d/", "/none/x.y", "/%"};
	int host = 0, path = 2;

	for (size_t at = 0; at < text.size();) {
		const size_t end = std::min(text.find_first_of(" \n]", at), text.size());
		const std::string word = text.substr(at, end - at);

		at = end + 1;
		if (word.empty() || word.size() > 60 ||
		    word.find_first_of("\"<>\\^`{|}#") != word.npos)
			continue;
		if (word[0] == '/')
			paths[path = path % 5] = word, path++;
		else if (word.find_first_not_of("abcdefghijklmnopqrstuvwxyz.-0123456789") ==
			 word.npos)
			hosts[host = (host + 1) % 2] = word;
	}
	for (const std::string &h : hosts) {
		for (const std::string &p : paths) {
			khttpd_model::Client client(config);

			client.send("GET " + p + "?q HTTP/1.1\r\nHost: " + h +
				    ":80\r\nConnection: close\r\n\r\n");
			check_reply(client.received, 44);
		}
	}
	khttpd_model::cache_clear();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const Root root;
	std::string text(reinterpret_cast<const char *>(data), size);
	const std::string mark = "ROOT";
	std::string mistakes, rest;

	for (size_t at; (at = text.find(mark)) != text.npos;)
		text.replace(at, mark.size(), root.name);
	// What else lies in the file system is not what is tested.
	for (size_t at = 0; (at = text.find("docroot = /", at)) != text.npos; at++) {
		if (text.compare(at + 10, strlen(root.name), root.name) != 0)
			return -1;
	}
	const long before = khttpd_model::world.blocks;
	khttpd_config *config = khttpd_model::make_config_of_text(text, mistakes);

	FUZZ_CHECK((config == nullptr) == !mistakes.empty());
	FUZZ_CHECK(mistakes.empty() || isdigit(static_cast<unsigned char>(mistakes[0])));
	if (config) {
		std::string again_rest;
		const std::string printed = print(config, rest);
		khttpd_config *again = khttpd_model::make_config_of_text(printed, mistakes);

		FUZZ_CHECK(again && print(again, again_rest) == printed && again_rest == rest);
		khttpd_config_destroy(again);
		ask(config, text);
	}
	khttpd_config_destroy(config);
	FUZZ_CHECK(khttpd_model::world.blocks == before);
	return 0;
}
