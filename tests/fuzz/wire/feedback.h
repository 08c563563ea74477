// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What libFuzzer is told of the server, whose code it does not see: each kind of reply, of end and
// of change in the server's counters is a counter of its own, as an edge of a program would be.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <bitset>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>

#include "fail.h"

namespace wire {

constexpr size_t kCounters = 1 << 13;

// libFuzzer looks at this section after each run, and clears it before the next.
__attribute__((section("__libfuzzer_extra_counters"))) inline uint8_t extra_counters[kCounters];

class Feedback {
public:
	// KH_WIRE_BLIND shows what it would be like without.
	Feedback() : blind_(getenv("KH_WIRE_BLIND") != nullptr) {}

	void seen(std::string_view what)
	{
		uint32_t hash = 2166136261U;

		for (char c : what)
			hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
		hash = (hash ^ hash >> 13) % kCounters;
		ever_.set(hash);
		if (!blind_ && extra_counters[hash] < 255)
			extra_counters[hash]++;
	}

	// Different ones since the start, whether or not libFuzzer was told.
	size_t kinds() const { return ever_.count(); }

private:
	bool blind_;
	std::bitset<kCounters> ever_;
};

// The server's counters, from /proc/net/khttpd/status.
class Counters {
public:
	using Values = std::map<std::string, unsigned long, std::less<>>;

	Counters() : fd_(open("/proc/net/khttpd/status", O_RDONLY | O_CLOEXEC))
	{
		check(fd_ >= 0, "no /proc/net/khttpd/status");
		last_ = now();
	}
	~Counters() { ::close(fd_); }

	Values now() const
	{
		char text[16384];
		const ssize_t size = pread(fd_, text, sizeof(text) - 1, 0);
		Values values;

		check(size > 0, "the counters cannot be read");
		text[size] = '\0';
		for (char *line = text; *line != '\0';) {
			char *end = strchrnul(line, '\n');
			char *blank = static_cast<char *>(memchr(line, ' ', end - line));

			if (blank != nullptr && blank[1] >= '0' && blank[1] <= '9')
				values[std::string(line, blank)] = strtoul(blank, nullptr, 10);
			line = *end == '\0' ? end : end + 1;
		}
		return values;
	}

	// What changed since the last call, each by its order of magnitude; bytes and times always
	// do.
	void tell(Feedback &feedback)
	{
		Values values = now();

		for (const auto &[name, value] : values) {
			const unsigned long before = last_[name];

			if (value <= before || name.compare(0, 6, "bytes_") == 0 ||
			    name.compare(0, 8, "latency_") == 0 || name.find("time") == 0)
				continue;
			const int size = 63 - __builtin_clzl(value - before);

			feedback.seen("counter " + name + ' ' + std::to_string(size));
		}
		last_ = std::move(values);
	}

private:
	int fd_;
	Values last_;
};

} // namespace wire
