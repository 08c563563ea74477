// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What an input says: bytes to send, and between them what to do with the connection. A byte below
// 0xf0 stands for itself, so that a request as it is on the wire is an input; seeds.py writes them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace wire {

constexpr unsigned kConnections = 4;
constexpr size_t kMaxSent = 256 * 1024;
constexpr size_t kMaxSteps = 400;
constexpr unsigned kMaxWait = 40; // milliseconds in all

// With how many bytes that follow as arguments; seeds.py has the same numbers.
enum Code : uint8_t {
	cut = 0xf0,	// what came so far is a segment
	wait = 0xf1,	// 1: milliseconds
	read = 0xf2,	// 1: at most so many times 16 bytes, and 16
	settle = 0xf3,	// read until nothing comes for a moment
	finish = 0xf4,	// shut down our side
	reset = 0xf5,	// RST
	close = 0xf6,	// close, with what was not read
	change = 0xf7,	// 1: go on with another connection
	window = 0xf8,	// 1: size of the receive buffer
	repeat = 0xf9,	// 2: the last so many bytes, so many times
	stay = 0xfa,	// do not shut down at the end: the server's limits end the connection
	urgent = 0xfb,	// send what came so far, its last byte as urgent data
	deaf = 0xfc,	// read nothing more
	hear = 0xfd,	// read again
	single = 0xfe,	// 1: the next so many bytes in a segment each
	literal = 0xff, // 1: this byte itself
};

// `cut` and `urgent` have bytes, the others an argument.
struct Step {
	Code code; // cut stands for sending
	unsigned argument = 0;
	std::string bytes;
};

class Script {
public:
	explicit Script(std::string_view input) : rest_(input)
	{
		while (!rest_.empty() && steps.size() < kMaxSteps)
			take();
		flush();
	}

	std::vector<Step> steps;

private:
	std::string_view rest_;
	std::string pending_;
	std::string said_; // all bytes, for repeat
	size_t singles_ = 0;
	unsigned waited_ = 0;

	unsigned next()
	{
		const unsigned value = rest_.empty() ? 0 : static_cast<uint8_t>(rest_[0]);

		rest_.remove_prefix(rest_.empty() ? 0 : 1);
		return value;
	}

	void flush(Code code = cut)
	{
		if (!pending_.empty())
			steps.push_back({code, 0, std::move(pending_)});
		pending_.clear();
	}

	void say(std::string_view bytes)
	{
		bytes = bytes.substr(0, kMaxSent - said_.size());
		said_ += bytes;
		pending_ += bytes;
		if (singles_ > 0) {
			singles_--;
			flush();
		}
	}

	void say_again(size_t size, size_t times)
	{
		size = std::min(size, said_.size());
		const std::string bytes = said_.substr(said_.size() - size);

		while (times-- > 0 && said_.size() < kMaxSent)
			say(bytes);
	}

	void act(Code code, unsigned argument = 0)
	{
		flush();
		steps.push_back({code, argument, {}});
	}

	void take()
	{
		const unsigned code = next();

		if (code < cut) {
			const char byte = static_cast<char>(code);
			say({&byte, 1});
			return;
		}
		switch (code) {
		case cut:
			flush();
			break;
		case wait: {
			const unsigned time = std::min(next() % 16, kMaxWait - waited_);

			waited_ += time;
			act(wait, time);
			break;
		}
		case read:
			act(read, 16 * (next() + 1));
			break;
		case change:
			act(change, next() % kConnections);
			break;
		case window:
			act(window, 256U << next() % 8);
			break;
		case urgent:
			flush(urgent);
			break;
		case single:
			singles_ = next();
			break;
		case repeat: {
			const unsigned size = next();

			say_again(size, next());
			break;
		}
		case literal: {
			const char byte = static_cast<char>(next());

			say({&byte, 1});
			break;
		}
		default:
			act(static_cast<Code>(code));
			break;
		}
	}
};

} // namespace wire
