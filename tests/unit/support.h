// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the unit tests share: text as Bytes, the corpus, a repeatable random source.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "http/request_parser.h"

namespace khttpd {

inline Bytes bytes_of(const std::string &text)
{
	return {reinterpret_cast<const u8 *>(text.data()), text.size()};
}

inline std::string text_of(Bytes bytes)
{
	return bytes.empty() ?
		       std::string() :
		       std::string(reinterpret_cast<const char *>(bytes.data()), bytes.size());
}

// A copy in a block of exactly its size, so that the address sanitizer sees every byte read behind
// its end, and the parser another address at every call.
class Exact {
public:
	explicit Exact(Bytes source) : data_(new u8[source.size()]), size_(source.size())
	{
		if (size_)
			std::memcpy(data_.get(), source.data(), size_);
	}
	Bytes bytes() const { return {data_.get(), size_}; }

private:
	std::unique_ptr<u8[]> data_;
	usize size_;
};

inline constexpr HeadLimits kDefaultLimits = {16384, 8192, 100};

struct CorpusCase {
	std::string file;
	std::string name;
	std::string input;
	std::vector<std::string> events;

	std::string title() const { return file + " " + name; }
	std::string expected() const
	{
		std::string all;

		for (const std::string &event : events)
			all += event + "\n";
		return all;
	}
};

// The cases of one kind; a file that cannot be read is a failed test.
std::vector<CorpusCase> load_corpus(const std::string &kind);

// What a connection's bytes come to, as the corpus puts it. `cuts` are the places where the input
// was divided on its way.
std::string stream_events(const std::string &input, const std::vector<usize> &cuts);

// A small generator (splitmix64) with a fixed seed: failures repeat.
class Random {
public:
	explicit Random(u64 seed) : state_(seed) {}
	u64 next()
	{
		u64 z = state_ += 0x9e3779b97f4a7c15ull;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
		return z ^ (z >> 31);
	}
	u64 below(u64 n) { return next() % n; }

private:
	u64 state_;
};

} // namespace khttpd
