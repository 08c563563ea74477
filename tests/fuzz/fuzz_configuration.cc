// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Parameters: lines NAME=VALUE. What is accepted prints as texts that are accepted again
// and print the same; what is refused is refused in a line of text.
#include "../unit/kapi_model.cc"
#include "fuzz.h"

namespace {

std::map<kh_param_id, std::string> read_lines(const std::string &input)
{
	std::map<kh_param_id, std::string> settings = khttpd_model::settings_of_lines(input);

	// As C strings; and a file system is not what is tested.
	for (auto &[id, value] : settings)
		value = value.c_str();
	if (settings.count(KH_PARAM_docroot) && settings[KH_PARAM_docroot][0] == '/')
		settings.erase(KH_PARAM_docroot);
	return settings;
}

std::map<kh_param_id, std::string> print_all(const khttpd_config *config)
{
	std::map<kh_param_id, std::string> printed;
	char value[4096];

	for (int id = 0; id < KH_PARAM_COUNT; id++) {
		int n = khttpd_config_print(config, static_cast<kh_param_id>(id), value,
					    sizeof(value));

		FUZZ_CHECK(n >= 0 && static_cast<size_t>(n) == strlen(value));
		printed[static_cast<kh_param_id>(id)] = value;
	}
	return printed;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const long before = khttpd_model::world.blocks;
	std::string error;
	khttpd_config *config = khttpd_model::make_config(
		read_lines(std::string(reinterpret_cast<const char *>(data), size)), &error);

	FUZZ_CHECK((config == nullptr) == !error.empty());
	FUZZ_CHECK(error.find('\n') == std::string::npos || error.find("=") != std::string::npos);
	if (config) {
		std::map<kh_param_id, std::string> printed = print_all(config);
		khttpd_config *again = khttpd_model::make_config(printed);

		FUZZ_CHECK(again && print_all(again) == printed);
		khttpd_config_destroy(again);
		khttpd_model::Client client(config);
		client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
		FUZZ_CHECK(client.received.compare(0, 15, "HTTP/1.1 200 OK") == 0);
	}
	khttpd_config_destroy(config);
	FUZZ_CHECK(khttpd_model::world.blocks == before);
	return 0;
}
