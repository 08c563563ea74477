// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The memo of field sections changes no result: whatever was parsed before, however the input is
// cut, and at every limit.
#include <cstring>

#include "same_request.h"
#include "support.h"

namespace khttpd {

namespace {

// All bytes zero, as the module's are at first.
FieldMemo empty_memo()
{
	FieldMemo memo;

	memset(static_cast<void *>(&memo), 0, sizeof(memo));
	return memo;
}

// In two calls when `cut` lies within.
ParseResult parse_cut(RequestParser &parser, const std::string &input, usize cut,
		      const HeadLimits &limits, FieldMemo *memo)
{
	const Exact whole(bytes_of(input));

	parser.reset();
	if (cut < input.size()) {
		const Exact part(bytes_of(input).prefix(cut));
		const ParseResult result = parser.parse(part.bytes(), limits, memo);

		if (result.outcome != ParseOutcome::need_more)
			return result;
	}
	return parser.parse(whole.bytes(), limits, memo);
}

// Parses with and without the memo, which stays as it was.
bool memo_changes_nothing(const FieldMemo &memo, const std::string &input, usize cut = ~usize{0},
			  const HeadLimits &limits = kDefaultLimits)
{
	FieldMemo copy = memo;
	RequestParser with, without;
	const ParseResult a = parse_cut(with, input, cut, limits, &copy);
	const ParseResult b = parse_cut(without, input, cut, limits, nullptr);

	if (a.outcome != b.outcome || a.consumed != b.consumed || a.status != b.status)
		return false;
	return a.outcome != ParseOutcome::done || same(with.request(), without.request());
}

// The memo after the head, and where its fields begin; 0 for heads that are not accepted.
usize remember(FieldMemo &memo, const std::string &head)
{
	RequestParser parser;

	memo = empty_memo();
	if (parser.parse(bytes_of(head), kDefaultLimits, &memo).outcome != ParseOutcome::done)
		return 0;
	return parser.request().field_section.offset;
}

const char *const kRequestLines[] = {
	"GET / HTTP/1.1\r\n",
	"GET / HTTP/1.0\r\n",
	"GET /a/longer/path?with=query&of=it HTTP/1.1\r\n",
	"GET /? HTTP/1.1\r\n",
	"GET /a?b?c HTTP/1.0\r\n",
	"GET /%zz?%zz HTTP/1.9\r\n",
	"GET /{} HTTP/1.1\r\n",
	"GET /\x7f HTTP/1.1\r\n",
	"GET /a b HTTP/1.1\r\n",
	"GET / HTTP/2.0\r\n",
	"GET / HTTP/1.1 \r\n",
	"GET / HTTP/1.1\n",
	"GET / http/1.1\r\n",
	"GET  / HTTP/1.1\r\n",
	"GET a HTTP/1.1\r\n",
	"GET * HTTP/1.1\r\n",
	"GET http://h/p?q HTTP/1.1\r\n",
	"\r\nGET / HTTP/1.1\r\n",
	"\r\n\r\n\r\nGET / HTTP/1.1\r\n",
	"HEAD / HTTP/1.1\r\n",
	"POST /form HTTP/1.1\r\n",
	"POST /form HTTP/1.0\r\n",
	"OPTIONS * HTTP/1.1\r\n",
	"CONNECT h:1 HTTP/1.1\r\n",
	"TRACE / HTTP/1.1\r\n",
	"get / HTTP/1.1\r\n",
	"GETS / HTTP/1.1\r\n",
};

} // namespace

TEST_CASE("memo: any head after any other")
{
	const auto cases = load_corpus("stream");

	for (const CorpusCase &first : cases) {
		FieldMemo memo;

		if (remember(memo, first.input) == 0)
			continue;
		CAPTURE(first.title());
		for (const CorpusCase &second : cases) {
			if (second.input.size() > 3000 && first.input.size() > 100)
				continue;
			CAPTURE(second.title());
			REQUIRE(memo_changes_nothing(memo, second.input));
		}
	}
}

TEST_CASE("memo: the fields of each head after every request line, and cut")
{
	Random random(4);

	for (const CorpusCase &entry : load_corpus("stream")) {
		FieldMemo memo;
		const usize start = remember(memo, entry.input);

		if (start == 0)
			continue;
		CAPTURE(entry.title());
		for (const char *line : kRequestLines) {
			const std::string head = line + entry.input.substr(start);

			CAPTURE(line);
			REQUIRE(memo_changes_nothing(memo, head));
			// Everywhere takes too long: at the line's end, and at steps of their own.
			REQUIRE(memo_changes_nothing(memo, head, strlen(line)));
			for (usize cut = random.below(23); cut < head.size() && head.size() < 400;
			     cut += 23)
				REQUIRE(memo_changes_nothing(memo, head, cut));
		}
	}
}

TEST_CASE("memo: one byte differs, is missing or follows")
{
	Random random(3);

	for (const CorpusCase &entry : load_corpus("stream")) {
		FieldMemo memo;
		const usize start = remember(memo, entry.input);

		if (start == 0 || entry.input.size() > 3000)
			continue;
		CAPTURE(entry.title());
		for (usize at = start; at < entry.input.size(); at++) {
			std::string changed = entry.input;

			CAPTURE(at);
			REQUIRE(memo_changes_nothing(memo, changed.substr(0, at)));
			changed[at] = static_cast<char>(random.next());
			REQUIRE(memo_changes_nothing(memo, changed));
			changed.erase(at, 1);
			REQUIRE(memo_changes_nothing(memo, changed));
		}
		REQUIRE(memo_changes_nothing(memo, entry.input + "GET"));
	}
}

TEST_CASE("memo: limits hold to the byte and to the field")
{
	const std::string line = "GET /path?query HTTP/1.1\r\n";
	const std::string fields = "Host: x\r\nA: b\r\nUser-Agent: " + std::string(500, 'u') +
				   "\r\nConnection: close\r\n\r\n";
	FieldMemo memo;

	REQUIRE(remember(memo, "GET / HTTP/1.1\r\n" + fields) != 0);
	for (u32 limit = 512; limit < 620; limit++) {
		CAPTURE(limit);
		CHECK(memo_changes_nothing(memo, line + fields, ~usize{0}, {limit, 64, 10}));
		CHECK(memo_changes_nothing(memo, line + fields, 40, {limit, 64, 10}));
	}
	for (u16 count = 1; count < 8; count++) {
		CAPTURE(count);
		CHECK(memo_changes_nothing(memo, line + fields, ~usize{0}, {16384, 64, count}));
		CHECK(memo_changes_nothing(memo, line + fields, 27, {16384, 64, count}));
	}
	for (u32 target = 1; target < 20; target++) {
		CAPTURE(target);
		CHECK(memo_changes_nothing(memo, line + fields, ~usize{0}, {16384, target, 10}));
	}
	// Where the fields lie at the end of what a Slice can say.
	for (usize size = 64000; size < 66000; size++) {
		const std::string long_line = "GET /" + std::string(size, 'a') + " HTTP/1.1\r\n";

		CAPTURE(size);
		if (size % 97 == 0 || long_line.size() + fields.size() - 65535 + 3 < 6)
			REQUIRE(memo_changes_nothing(memo, long_line + fields, ~usize{0},
						     {65535, 65535, 10}));
	}
}

// A byte that no parser would accept, put into the memo by hand, is accepted with it: what is
// compared is not parsed again.
TEST_CASE("memo: fields that were seen are not parsed again, others are")
{
	const std::string fields = "Host: example\r\nCookie: 0123456789abcdef\r\n\r\n";
	const std::string forged = "Host: example\r\nCookie: 0123456789ab\x01"
				   "def\r\n\r\n";

	for (const char *line :
	     {"GET / HTTP/1.1\r\n", "GET /a?b HTTP/1.1\r\n", "HEAD / HTTP/1.0\r\n",
	      "HEAD / HTTP/1.1\r\n", "\r\nPOST /a HTTP/1.1\r\n"}) {
		FieldMemo memo;
		RequestParser parser;
		const std::string head = line + forged;

		REQUIRE(remember(memo, "GET / HTTP/1.1\r\n" + fields) != 0);

		char *const bytes = reinterpret_cast<char *>(&memo);
		const usize at = std::string(bytes, sizeof(memo)).find("0123456789abc");

		REQUIRE(at != std::string::npos);
		bytes[at + 12] = '\x01';
		CAPTURE(line);
		CHECK(parse_cut(parser, head, ~usize{0}, kDefaultLimits, &memo).outcome ==
		      ParseOutcome::done);
		CHECK(text_of(parser.request().field(Field::host).of(bytes_of(head))) == "example");
		CHECK(parse_cut(parser, line + fields, ~usize{0}, kDefaultLimits, &memo).outcome ==
		      ParseOutcome::done);
	}
}

TEST_CASE("memo: what is too long or too short is not kept")
{
	const std::string line = "GET / HTTP/1.0\r\n";

	for (usize size : {usize{2}, FieldMemo::kCapacity - 1, FieldMemo::kCapacity,
			   FieldMemo::kCapacity + 1, usize{5000}}) {
		const std::string fields =
			size == 2 ? "\r\n" : "A: " + std::string(size - 7, 'a') + "\r\n\r\n";
		FieldMemo memo;

		CAPTURE(size);
		REQUIRE(fields.size() == size);
		REQUIRE(remember(memo, line + fields) != 0);
		CHECK(memo_changes_nothing(memo, line + fields));
		CHECK(memo.remembers(bytes_of(fields)) ==
		      (size >= 8 && size <= FieldMemo::kCapacity));
	}
}

TEST_CASE("memo: heads that never repeat are kept more and more seldom, until one does")
{
	FieldMemo memo = empty_memo();
	RequestParser parser;
	u32 kept = 0;

	for (u32 i = 0; i < 1000; i++) {
		const std::string fields = "Host: x" + std::to_string(i) + "\r\n\r\n";

		parser.reset();
		parser.parse(bytes_of("GET / HTTP/1.1\r\n" + fields), kDefaultLimits, &memo);
		kept += memo.remembers(bytes_of(fields));
	}
	CHECK(kept > 50);
	CHECK(kept < 100);
	for (u32 i = 0; i < 20; i++) {
		parser.reset();
		parser.parse(bytes_of("GET / HTTP/1.1\r\nHost: y\r\n\r\n"), kDefaultLimits, &memo);
	}
	CHECK(memo.remembers(bytes_of("Host: y\r\n\r\n")));
	parser.reset();
	parser.parse(bytes_of("GET / HTTP/1.1\r\nHost: z\r\n\r\n"), kDefaultLimits, &memo);
	CHECK(memo.remembers(bytes_of("Host: z\r\n\r\n")));
}

} // namespace khttpd
