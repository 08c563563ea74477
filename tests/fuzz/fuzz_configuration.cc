// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Parameters: lines NAME=VALUE. What is accepted prints as texts that are accepted again
// and print the same; what is refused is refused in a line of text. Whatever routes there are, a
// request gets one reply, with fields and a length that are right.
#include <filesystem>

#include "../unit/kapi_model.cc"
#include "fuzz.h"
#include "replies.h"

namespace {

std::map<kh_param_id, std::string> read_lines(const std::string &input)
{
	static const Root root;
	std::map<kh_param_id, std::string> settings = khttpd_model::settings_of_lines(input);

	// As C strings; and what else lies in the file system is not what is tested.
	for (auto &[id, value] : settings)
		value = value.c_str();
	if (settings.count(KH_PARAM_docroot) && settings[KH_PARAM_docroot][0] == '/')
		settings[KH_PARAM_docroot] = root.name;
	return settings;
}

std::map<kh_param_id, std::string> print_all(const khttpd_config *config)
{
	std::map<kh_param_id, std::string> printed;
	char value[4096];

	for (int id = 0; id < KH_PARAM_COUNT; id++) {
		int n = khttpd_config_print(config, static_cast<kh_param_id>(id), false, value,
					    sizeof(value));

		FUZZ_CHECK(n >= 0 && static_cast<size_t>(n) == strlen(value));
		printed[static_cast<kh_param_id>(id)] = value;
	}
	return printed;
}

void check_requests(const khttpd_config *config, const std::string &routes)
{
	std::string paths[] = {"/", "/d/", "/f", "/none", ""};

	// The path of the first route, if a request can have it.
	for (char c : routes.substr(0, routes.find(' '))) {
		if (c <= ' ' || c == 0x7f || c == '#' || c == '"' || c == '<' || c == '>')
			break;
		paths[4] += c;
	}
	for (const std::string &path : paths) {
		khttpd_model::Client client(config);

		if (path.empty() || path.size() > 60)
			continue;
		client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
		check_reply(client.received, 12);
	}
	khttpd_model::cache_clear();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const long before = khttpd_model::world.blocks;
	const auto settings = read_lines(std::string(reinterpret_cast<const char *>(data), size));
	std::string error;
	khttpd_config *config = khttpd_model::make_config(settings, &error);

	FUZZ_CHECK((config == nullptr) == !error.empty());
	FUZZ_CHECK(error.find('\n') == std::string::npos || error.find("=") != std::string::npos);
	if (config) {
		std::map<kh_param_id, std::string> printed = print_all(config);
		khttpd_config *again = khttpd_model::make_config(printed);

		FUZZ_CHECK(again && print_all(again) == printed);
		khttpd_config_destroy(again);
		check_requests(config, printed[KH_PARAM_routes]);
	}
	khttpd_config_destroy(config);
	FUZZ_CHECK(khttpd_model::world.blocks == before);
	return 0;
}
