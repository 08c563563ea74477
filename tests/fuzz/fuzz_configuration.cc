// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Parameters: lines NAME=VALUE. What is accepted prints as texts that are accepted again
// and print the same; what is refused is refused in a line of text. Whatever routes there are, a
// request gets one reply, with fields and a length that are right.
#include <filesystem>

#include "../unit/kapi_model.cc"
#include "fuzz.h"

namespace {

// A document root with a file, a directory without an index and an error page.
struct Root {
	Root()
	{
		FUZZ_CHECK(mkdtemp(name));
		const std::string root = name;
		FUZZ_CHECK(mkdir((root + "/d").c_str(), 0755) == 0);
		for (const char *file : {"/f", "/404.html"}) {
			int fd = open((root + file).c_str(), O_CREAT | O_WRONLY, 0644);

			FUZZ_CHECK(fd >= 0 && write(fd, "text", 4) == 4);
			close(fd);
		}
	}
	~Root() { std::filesystem::remove_all(name); }
	char name[32] = "/tmp/khttpd-fuzz-XXXXXX";
};

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

size_t count(const std::string &text, const std::string &part)
{
	size_t n = 0;

	for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
		n++;
	return n;
}

// A whole reply: a status line and fields, none of them within another, and as much content as
// they say.
void check_reply(const std::string &reply)
{
	const size_t end = reply.find("\r\n\r\n");
	const std::string head = reply.substr(0, end + 2);
	size_t content = 0;

	FUZZ_CHECK(end != std::string::npos && head.compare(0, 9, "HTTP/1.1 ") == 0);
	FUZZ_CHECK(count(head, "\r") == count(head, "\r\n"));
	FUZZ_CHECK(count(head, "\n") == count(head, "\r\n"));
	FUZZ_CHECK(count(head, "\r\nDate: ") == 1 && count(head, "\r\nServer: ") == 1);
	FUZZ_CHECK(count(head, "\r\n") <= 12);
	const size_t length = head.find("\r\nContent-Length: ");
	if (length != std::string::npos)
		content = strtoul(head.c_str() + length + 18, nullptr, 10);
	FUZZ_CHECK(reply.size() == end + 4 + content);
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
		check_reply(client.received);
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
