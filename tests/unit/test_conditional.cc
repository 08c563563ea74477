// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "http/date.h"
#include "support.h"

namespace khttpd {

namespace {

constexpr u64 kMtime = 784111777; // Sun, 06 Nov 1994 08:49:37 GMT
constexpr u64 kNow = 1704067200;

const std::string kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
const std::string kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";
const std::string kLater = "Sun, 06 Nov 1994 08:49:38 GMT";

struct Asked {
	RequestParser parser;
	std::string head;

	Asked(const std::string &method, const std::string &fields)
		: head(method + " / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n")
	{
		REQUIRE(parser.parse(bytes_of(head), kDefaultLimits).outcome == ParseOutcome::done);
	}
	Conditions conditions(u64 now = kNow) const
	{
		const Validators current = {"\"v1\""_b, kMtime, true};

		return evaluate_conditions(bytes_of(head), parser.request(), current, now);
	}
};

u16 outcome(const std::string &fields, const std::string &method = "GET")
{
	return status_code(Asked(method, fields).conditions().status);
}

bool ranged(const std::string &fields, const std::string &method = "GET", u64 now = kNow)
{
	return Asked(method, "Range: bytes=0-1\r\n" + fields).conditions(now).use_range;
}

} // namespace

TEST_CASE("corpus: conditions")
{
	const auto cases = load_corpus("condition");

	CHECK(cases.size() > 20);
	for (const CorpusCase &entry : cases) {
		const Validators current = {"\"v1\""_b, kMtime, true};
		RequestParser parser;

		CAPTURE(entry.title());
		REQUIRE(parser.parse(bytes_of(entry.input), kDefaultLimits).outcome ==
			ParseOutcome::done);
		const Conditions result =
			evaluate_conditions(bytes_of(entry.input), parser.request(), current, kNow);

		CHECK((result.status != Status::none ? std::to_string(status_code(result.status)) :
		       result.use_range		     ? "range" :
						       "send") +
			      "\n" ==
		      entry.expected());
	}
}

TEST_CASE("conditional: If-None-Match")
{
	CHECK(outcome("") == 0);
	CHECK(outcome("If-None-Match: \"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: W/\"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: \"v0\", \"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: \"v0,\" ,\t W/\"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: \"v0\"\r\nIf-None-Match: \"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: *\r\n") == 304);
	CHECK(outcome("If-None-Match: \"v1\"\r\n", "HEAD") == 304);
	CHECK(outcome("If-None-Match: \"v1\"\r\n", "PUT") == 412);
	CHECK(outcome("If-None-Match: *\r\n", "PUT") == 412);
	CHECK(outcome("If-None-Match: \"v2\"\r\n") == 0);
	CHECK(outcome("If-None-Match: v1\r\n") == 0);
	CHECK(outcome("If-None-Match: w/\"v1\"\r\n") == 0);
	CHECK(outcome("If-None-Match: \"v1\r\n") == 0);
	CHECK(outcome("If-None-Match: \"V1\"\r\n") == 0);
	CHECK(outcome("If-None-Match: \"v0\" \"v1\"\r\n") == 0);
	CHECK(outcome("If-None-Match:\r\n") == 0);
}

TEST_CASE("conditional: If-Modified-Since")
{
	CHECK(outcome("If-Modified-Since: " + kSame + "\r\n") == 304);
	CHECK(outcome("If-Modified-Since: " + kLater + "\r\n") == 304);
	CHECK(outcome("If-Modified-Since: " + kEarlier + "\r\n") == 0);
	CHECK(outcome("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT\r\n") == 304);
	CHECK(outcome("If-Modified-Since: Sun Nov  6 08:49:37 1994\r\n") == 304);
	CHECK(outcome("If-Modified-Since: " + kSame + "\r\n", "HEAD") == 304);
	CHECK(outcome("If-Modified-Since: " + kSame + "\r\n", "POST") == 0);
	CHECK(outcome("If-Modified-Since: yesterday\r\n") == 0);
	CHECK(outcome("If-Modified-Since: Wed, 31 Dec 1969 23:59:59 GMT\r\n") == 0);
	CHECK(outcome("If-Modified-Since: " + kSame + "\r\nIf-Modified-Since: " + kSame + "\r\n") ==
	      0);
}

TEST_CASE("conditional: If-Match and If-Unmodified-Since")
{
	CHECK(outcome("If-Match: \"v1\"\r\n") == 0);
	CHECK(outcome("If-Match: *\r\n") == 0);
	CHECK(outcome("If-Match: \"v0\", \"v1\"\r\n") == 0);
	CHECK(outcome("If-Match: W/\"v1\"\r\n") == 412);
	CHECK(outcome("If-Match: \"v2\"\r\n") == 412);
	CHECK(outcome("If-Match: nonsense\r\n") == 412);
	CHECK(outcome("If-Match: \"v2\"\r\n", "HEAD") == 412);
	CHECK(outcome("If-Unmodified-Since: " + kSame + "\r\n") == 0);
	CHECK(outcome("If-Unmodified-Since: " + kLater + "\r\n") == 0);
	CHECK(outcome("If-Unmodified-Since: " + kEarlier + "\r\n") == 412);
	CHECK(outcome("If-Unmodified-Since: never\r\n") == 0);
	// Old, and yet a date.
	CHECK(outcome("If-Unmodified-Since: Wed, 31 Dec 1969 23:59:59 GMT\r\n") == 412);
}

// RFC 9110 section 13.2.2
TEST_CASE("conditional: order of precedence")
{
	const std::string passed = "If-Unmodified-Since: " + kEarlier + "\r\n";

	CHECK(outcome("If-Match: \"v1\"\r\n" + passed) == 0);
	CHECK(outcome("If-Match: \"v2\"\r\nIf-None-Match: \"v1\"\r\n") == 412);
	CHECK(outcome("If-Match: \"v1\"\r\nIf-None-Match: \"v1\"\r\n") == 304);
	CHECK(outcome("If-None-Match: \"v2\"\r\nIf-Modified-Since: " + kSame + "\r\n") == 0);
	CHECK(outcome("If-None-Match: \"v1\"\r\nIf-Modified-Since: " + kEarlier + "\r\n") == 304);
	CHECK(outcome(passed + "If-None-Match: \"v1\"\r\n") == 412);
}

TEST_CASE("conditional: Range and If-Range")
{
	CHECK(ranged(""));
	CHECK(!ranged("", "HEAD"));
	CHECK(!ranged("", "POST"));
	CHECK(!ranged("Range: bytes=2-3\r\n"));
	CHECK(!Asked("GET", "").conditions().use_range);
	CHECK(ranged("If-Range: \"v1\"\r\n"));
	CHECK(!ranged("If-Range: W/\"v1\"\r\n"));
	CHECK(!ranged("If-Range: \"v2\"\r\n"));
	CHECK(!ranged("If-Range: \"v1\", \"v2\"\r\n"));
	CHECK(!ranged("If-Range: *\r\n"));
	CHECK(!ranged("If-Range:\r\n"));
	CHECK(!ranged("If-Range: \"v1\"\r\nIf-Range: \"v1\"\r\n"));
	CHECK(ranged("If-Range: " + kSame + "\r\n"));
	CHECK(!ranged("If-Range: " + kEarlier + "\r\n"));
	CHECK(!ranged("If-Range: " + kLater + "\r\n"));
	// Within its second a date is a weak validator.
	CHECK(!ranged("If-Range: " + kSame + "\r\n", "GET", kMtime));
	CHECK(ranged("If-Range: " + kSame + "\r\n", "GET", kMtime + 1));
	CHECK(!ranged("If-None-Match: \"v1\"\r\n"));
}

TEST_CASE("conditional: without validators nothing is unchanged")
{
	const Asked asked("GET",
			  "If-None-Match: \"\"\r\nIf-Range: " + kSame + "\r\nRange: bytes=0-\r\n");
	const Asked since("GET", "If-Modified-Since: " + kSame + "\r\n");
	const Asked star("GET", "If-Match: *\r\n");
	const Asked tag("GET", "If-Match: \"\"\r\n");
	const Validators none = {Bytes(), 0, false};
	const auto evaluate = [&none](const Asked &request) {
		return evaluate_conditions(bytes_of(request.head), request.parser.request(), none,
					   kNow);
	};

	CHECK(evaluate(asked).status == Status::none);
	CHECK(!evaluate(asked).use_range);
	CHECK(evaluate(since).status == Status::none);
	CHECK(evaluate(star).status == Status::none);
	CHECK(evaluate(tag).status == Status::precondition_failed);
}

TEST_CASE("etag: tags of digests fit and parse back")
{
	const std::string digest = "\x01\xab" + std::string(13, 'x') + "\xff";
	u8 out[kMaxEtagSize];
	const Bytes text(out, format_etag('d', bytes_of(digest), ".zst"_b, out));
	EntityTag tag;
	Bytes rest = text;

	CHECK(text.size() == kMaxEtagSize);
	CHECK(text_of(text) == "\"d01ab78787878787878787878787878ff.zst\"");
	REQUIRE(take_entity_tag(rest, tag));
	CHECK(rest.empty());
	CHECK(!tag.weak);
	CHECK(tag.opaque == text);
	CHECK(etag_list_contains(text, tag, false));
	CHECK(!etag_list_contains("\"d01ab\""_b, tag, true));
}

TEST_CASE("codings: what is not at hand is not chosen")
{
	const Asked asked("GET",
			  "Accept-Encoding: br;q=0.5\r\nAccept-Encoding: gzip;q=0.8, zstd\r\n");
	const Asked starred("GET", "Accept-Encoding: gzip;q=0.1, *;q=0.5\r\n");
	const Asked star("GET", "Accept-Encoding: *\r\n");
	const Asked nothing("GET", "");
	const Asked empty("GET", "Accept-Encoding:\r\n");
	const CodingPreferences preferences(bytes_of(asked.head), asked.parser.request());
	const CodingPreferences none(bytes_of(nothing.head), nothing.parser.request());
	const CodingPreferences blank(bytes_of(empty.head), empty.parser.request());
	const u32 gzip = 1u << static_cast<u32>(Coding::gzip);
	const u32 br = 1u << static_cast<u32>(Coding::br);

	CHECK(preferences.choose(~0u) == Coding::zstd);
	CHECK(preferences.choose(gzip | br) == Coding::gzip);
	CHECK(preferences.choose(br) == Coding::br);
	CHECK(preferences.choose(0) == Coding::identity);
	CHECK(preferences.wants_encoded());
	CHECK(preferences.quality(Coding::br) == 500);
	// "*" speaks of identity too, as long as that is not listed.
	const CodingPreferences rest(bytes_of(starred.head), starred.parser.request());
	const CodingPreferences any(bytes_of(star.head), star.parser.request());

	CHECK(rest.choose(gzip) == Coding::identity);
	CHECK(rest.choose(gzip | br) == Coding::br);
	CHECK(any.choose(gzip) == Coding::gzip);
	CHECK(none.choose(~0u) == Coding::identity);
	CHECK(!none.wants_encoded());
	CHECK(!blank.wants_encoded());
	CHECK(text_of(coding_suffix(Coding::gzip)) == ".gz");
	CHECK(coding_suffix(Coding::identity).empty());
}

} // namespace khttpd
