// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Parameters: lines of a number and a text. What is accepted prints as texts that are accepted
// again and print the same; what is refused is refused in a line of text.
#include "../unit/kapi_model.cc"
#include "fuzz.h"

namespace {

std::map<kh_param_id, std::string> read_lines(const std::string &input)
{
	std::map<kh_param_id, std::string> settings;

	for (size_t at = 0; at < input.size();) {
		size_t end = input.find('\n', at);
		std::string line = input.substr(at, end - at);
		std::string text = line.substr(0, line.find('\0'));

		if (!text.empty()) {
			auto id = static_cast<kh_param_id>(static_cast<uint8_t>(text[0]) %
							   KH_PARAM_COUNT);
			// A file system is not what is tested.
			if (id != KH_PARAM_docroot || text.find('/') != 1)
				settings[id] = text.substr(1);
		}
		at = end == std::string::npos ? input.size() : end + 1;
	}
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
