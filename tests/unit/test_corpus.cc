// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <type_traits>

#include "http/accept_encoding.h"
#include "http/date.h"
#include "http/range.h"
#include "http/target.h"
#include "support.h"

namespace khttpd {

namespace {

#ifdef KH_SANITIZED
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
constexpr usize kCutEverywhere = kSanitized || !std::is_signed_v<char> ? 5000 : ~usize{0};

// The cuts to try: everywhere; with sanitizers and where char is unsigned, in longer inputs, whose
// cost grows with the square of the size, near their ends and at steps between.
bool worth_a_cut(usize at, usize size)
{
	return size < kCutEverywhere || at < 200 || size - at < 200 || at % 97 == 0;
}

bool begins_with(const std::string &text, const std::string &start)
{
	return text.compare(0, start.size(), start) == 0;
}

} // namespace

TEST_CASE("corpus: streams, whole")
{
	const auto cases = load_corpus("stream");

	CHECK(cases.size() > 300);
	for (const CorpusCase &entry : cases) {
		CAPTURE(entry.title());
		CHECK(stream_events(entry.input, {}) == entry.expected());
	}
}

TEST_CASE("corpus: streams, in two parts")
{
	for (const CorpusCase &entry : load_corpus("stream")) {
		CAPTURE(entry.title());
		for (usize cut = 0; cut <= entry.input.size(); cut++) {
			if (!worth_a_cut(cut, entry.input.size()))
				continue;
			CAPTURE(cut);
			REQUIRE(stream_events(entry.input, {cut}) == entry.expected());
		}
	}
}

TEST_CASE("corpus: streams, byte by byte and in random parts")
{
	Random random(1);

	for (const CorpusCase &entry : load_corpus("stream")) {
		std::vector<usize> cuts;
		std::vector<usize> some;

		CAPTURE(entry.title());
		for (usize cut = 0; cut < entry.input.size(); cut++) {
			if (cut < 2000)
				cuts.push_back(cut);
			if (random.below(20) == 0)
				some.push_back(cut);
		}
		CHECK(stream_events(entry.input, cuts) == entry.expected());
		CHECK(stream_events(entry.input, some) == entry.expected());
	}
}

// What was said of a prefix is never taken back.
TEST_CASE("corpus: streams, cut short")
{
	for (const CorpusCase &entry : load_corpus("stream")) {
		CAPTURE(entry.title());
		for (usize size = 0; size < entry.input.size(); size++) {
			if (!worth_a_cut(size, entry.input.size()))
				continue;

			std::string events = stream_events(entry.input.substr(0, size), {});
			const usize more = events.rfind("more\n");

			CAPTURE(size);
			if (more != std::string::npos && more + 5 == events.size())
				events.resize(more);
			REQUIRE(begins_with(entry.expected(), events));
		}
	}
}

TEST_CASE("corpus: paths")
{
	for (const CorpusCase &entry : load_corpus("path")) {
		std::vector<u8> out(entry.input.size() + 1);
		const Exact path(bytes_of(entry.input));
		const NormalizedPath result = normalize_path(path.bytes(), out);

		CAPTURE(entry.title());
		if (result.status == Status::none)
			CHECK(text_of(result.path) + "\n" == entry.expected());
		else
			CHECK("bad " + std::to_string(status_code(result.status)) + "\n" ==
			      entry.expected());
	}
}

TEST_CASE("corpus: ranges")
{
	for (const CorpusCase &entry : load_corpus("range")) {
		const usize space = entry.input.find(' ');
		const u64 size = std::stoull(entry.input);
		const Exact value(bytes_of(entry.input).drop(space + 1));
		ByteRange ranges[kMaxRanges];
		const RangeResult result = parse_ranges(value.bytes(), size, ranges);
		std::string events;

		CAPTURE(entry.title());
		if (result.outcome == RangeOutcome::ignore)
			events = "ignore\n";
		if (result.outcome == RangeOutcome::unsatisfiable)
			events = "unsatisfiable\n";
		for (u32 i = 0; i < result.count; i++)
			events += std::to_string(ranges[i].first) + "-" +
				  std::to_string(ranges[i].last) + "\n";
		CHECK(events == entry.expected());
	}
}

TEST_CASE("corpus: dates")
{
	for (const CorpusCase &entry : load_corpus("date")) {
		const Exact text(bytes_of(entry.input));
		const auto date = parse_http_date(text.bytes(), 1704067200);

		CAPTURE(entry.title());
		CHECK((date ? std::to_string(*date) : "invalid") + "\n" == entry.expected());
	}
}

TEST_CASE("corpus: codings")
{
	for (const CorpusCase &entry : load_corpus("coding")) {
		const std::string head =
			"GET / HTTP/1.0\r\nAccept-Encoding: " + entry.input + "\r\n\r\n";
		RequestParser parser;

		CAPTURE(entry.title());
		REQUIRE(parser.parse(bytes_of(head), kDefaultLimits).outcome == ParseOutcome::done);

		const CodingPreferences preferences(bytes_of(head), parser.request());
		const std::string chosen = text_of(coding_name(preferences.choose(0xf)));

		CHECK((chosen.empty() ? "identity" : chosen) + "\n" == entry.expected());
	}
}

} // namespace khttpd
