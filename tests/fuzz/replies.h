// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What fuzzers of the configuration share: files to serve, and what every reply must be.
#pragma once

#include <filesystem>

#include "../unit/kapi_model.h"
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

inline size_t count(const std::string &text, const std::string &part)
{
	size_t n = 0;

	for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
		n++;
	return n;
}

// A whole reply: a status line and fields, none of them within another, and as much content as
// they say.
inline void check_reply(const std::string &reply, size_t most_fields)
{
	const size_t end = reply.find("\r\n\r\n");
	const std::string head = reply.substr(0, end + 2);
	size_t content = 0;

	FUZZ_CHECK(end != std::string::npos && head.compare(0, 9, "HTTP/1.1 ") == 0);
	FUZZ_CHECK(count(head, "\r") == count(head, "\r\n"));
	FUZZ_CHECK(count(head, "\n") == count(head, "\r\n"));
	FUZZ_CHECK(count(head, "\r\nDate: ") == 1 && count(head, "\r\nServer: ") == 1);
	FUZZ_CHECK(count(head, "\r\n") <= most_fields);
	const size_t length = head.find("\r\nContent-Length: ");
	if (length != std::string::npos)
		content = strtoul(head.c_str() + length + 18, nullptr, 10);
	FUZZ_CHECK(reply.size() == end + 4 + content);
}

} // namespace
