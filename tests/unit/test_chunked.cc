// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdio>

#include "http/chunked.h"
#include "support.h"

namespace khttpd {

TEST_CASE("chunked: what was encoded in random chunks is counted, however it arrives")
{
	Random random(4);

	for (int round = 0; round < 400; round++) {
		std::string coded;
		u64 content = 0;

		for (u64 n = random.below(6); n > 0; n--) {
			const usize size = 1 + random.below(300);
			char line[32];

			snprintf(line, sizeof(line), random.below(2) != 0 ? "%zx" : "%04zX", size);
			coded += line;
			if (random.below(3) == 0)
				coded += ";n=\"q\\\"\"";
			coded += "\r\n" + std::string(size, '\r') + "\r\n";
			content += size;
		}
		coded += random.below(2) != 0 ? "0\r\n\r\n" : "0\r\nA: b\r\n\r\n";

		const usize end = coded.size();
		ChunkedDecoder decoder;
		usize at = 0;
		u64 counted = 0;

		coded += "GET / HTTP/1.1\r\n";
		for (;;) {
			const usize some = 1 + random.below(100);
			const Exact part(bytes_of(coded).sub(at, some));
			const ChunkedDecoder::Step step = decoder.feed(part.bytes(), content);

			at += step.consumed;
			counted += step.data_bytes;
			if (step.outcome == ChunkedDecoder::Outcome::done)
				break;
			REQUIRE(step.outcome == ChunkedDecoder::Outcome::more);
			REQUIRE(step.consumed == part.bytes().size());
		}
		CHECK(at == end);
		CHECK(counted == content);
		CHECK(decoder.total() == content);
		decoder.reset();
		CHECK(decoder.total() == 0);
		CHECK(decoder.feed(bytes_of("0\r\n\r\n"), 0).outcome ==
		      ChunkedDecoder::Outcome::done);
	}
}

namespace {

// What a decoder says of the input in parts of some size: outcome, bytes taken, content.
std::string chunked_verdict(Bytes input, usize part_size, u64 limit = kU64Max)
{
	ChunkedDecoder decoder;
	ChunkedDecoder::Step step = {0, ChunkedDecoder::Outcome::more, 0};
	usize taken = 0;
	u64 content = 0;

	while (taken < input.size() && step.outcome == ChunkedDecoder::Outcome::more) {
		const Exact part(input.sub(taken, part_size));

		step = decoder.feed(part.bytes(), limit);
		taken += step.consumed;
		content += step.data_bytes;
	}
	CHECK(content == decoder.total());
	return std::to_string(static_cast<int>(step.outcome)) + " " + std::to_string(taken) + " " +
	       std::to_string(content);
}

} // namespace

TEST_CASE("chunked: the short way for usual chunks ends as byte by byte does")
{
	static const char *const kPieces[] = {
		"1\r\nx\r\n",
		"a\r\n0123456789\r\n",
		"1\r\nx",
		"1\r\nxy\r\n",
		"0001\r\nx\r\n",
		"1\nx\n",
		"1\r\nx\n",
		"1\r\rx\r\n",
		"1;a=b\r\nx\r\n",
		"0",
		"0\r\n\r\n",
		"F",
		"f\r\n",
		"\r\n",
		"\r",
		"g\r\n",
		"1 \r\nx\r\n",
		"00000001\r\nx\r\n",
		"100000",
		"fffffffff\r\n",
	};
	Random random(9);

	for (int round = 0; round < 20000; round++) {
		std::string coded;

		for (u64 n = 1 + random.below(8); n > 0; n--) {
			if (random.below(4) != 0)
				coded += kPieces[random.below(2)];
			else
				coded += kPieces[random.below(std::size(kPieces))];
		}
		const u64 limit = random.below(4) != 0 ? random.below(30) : kU64Max;
		const std::string expected = chunked_verdict(bytes_of(coded), 1, limit);

		CHECK(chunked_verdict(bytes_of(coded), coded.size(), limit) == expected);
		CHECK(chunked_verdict(bytes_of(coded), 1 + random.below(coded.size()), limit) ==
		      expected);
	}
	// A zero that says nothing is counted, in whatever chunk it stands.
	std::string zeros;

	for (int i = 0; i < 40000; i++)
		zeros += "01\r\nx\r\n";
	CHECK(chunked_verdict(bytes_of(zeros), zeros.size()) ==
	      chunked_verdict(bytes_of(zeros), 1));
	for (const usize size : {1, 15, 16, 255, 4096, 65535, 65536, 0xfffff, 0x100000}) {
		char line[32];

		snprintf(line, sizeof(line), "%zX\r\n", size);
		const std::string coded = line + std::string(size, 'x') + "\r\n0\r\n\r\n";

		CHECK(chunked_verdict(bytes_of(coded), coded.size()) ==
		      chunked_verdict(bytes_of(coded), 1));
	}
}

TEST_CASE("chunked: what is too large is told by its size line")
{
	using Outcome = ChunkedDecoder::Outcome;
	struct {
		const char *coded;
		u64 limit;
		Outcome outcome;
		u32 consumed;
	} const cases[] = {
		{"5\r\nhello\r\n", 5, Outcome::more, 10},
		{"6\r\nhello!\r\n", 5, Outcome::too_large, 2},
		{"6;a=b\r\nhello!\r\n", 5, Outcome::too_large, 6},
		{"6\r", 5, Outcome::more, 2},
		{"6\n", 5, Outcome::bad, 1},
		{"5\r\nhello\r\n1\r\n", 5, Outcome::too_large, 12},
		{"5\r\nhello\r\n0\r\n\r\n", 5, Outcome::done, 15},
		{"0\r\n\r\n", 0, Outcome::done, 5},
		{"1\r\n", 0, Outcome::too_large, 2},
		{"7fffffffffffffff\r\n", kU64Max, Outcome::more, 18},
		{"7fffffffffffffff\r\n", kU64Max >> 1, Outcome::more, 18},
		{"7fffffffffffffff\r\n", (kU64Max >> 1) - 1, Outcome::too_large, 17},
		{"8000000000000000\r\n", kU64Max, Outcome::too_large, 15},
		{"10000000000000005\r\nhello", kU64Max, Outcome::too_large, 16},
		{"00000000000000005\r\n", 5, Outcome::more, 19},
	};

	for (const auto &entry : cases) {
		ChunkedDecoder decoder;
		const auto step = decoder.feed(bytes_of(entry.coded), entry.limit);

		CAPTURE(entry.coded);
		CHECK(step.outcome == entry.outcome);
		CHECK(step.consumed == entry.consumed);
	}
	// A limit that becomes smaller ends the body at its next chunk, not its last.
	ChunkedDecoder decoder;
	CHECK(decoder.feed(bytes_of("5\r\nhello\r\n"), 5).outcome == Outcome::more);
	CHECK(decoder.feed(bytes_of("1\r\n"), 4).outcome == Outcome::too_large);
	decoder.reset();
	CHECK(decoder.feed(bytes_of("5\r\nhello\r\n"), 5).outcome == Outcome::more);
	CHECK(decoder.feed(bytes_of("0\r\n\r\n"), 4).outcome == Outcome::done);
}

TEST_CASE("chunked: extensions on large chunks are let through, whatever their sum")
{
	const std::string chunk = "1000;chunk-signature=" + std::string(64, 'a') + "\r\n" +
				  std::string(4096, 'x') + "\r\n";
	ChunkedDecoder decoder;

	for (int i = 0; i < 1000; i++)
		REQUIRE(decoder.feed(bytes_of(chunk), 4096000).outcome ==
			ChunkedDecoder::Outcome::more);
	CHECK(decoder.total() == 4096000);
}

} // namespace khttpd
