// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdio>
#include <ctime>

#include "http/date.h"
#include "http/escape.h"
#include "http/mime.h"
#include "http/range.h"
#include "support.h"

namespace khttpd {

TEST_CASE("date: agrees with the C library in both directions")
{
	Random random(5);

	for (int round = 0; round < 20000; round++) {
		const u64 seconds = round < 400 ? static_cast<u64>(round) * 86400 * 60 :
						  random.below(253402300800ull);
		const std::time_t time = static_cast<std::time_t>(seconds);
		std::tm parts;
		char expected[64];
		u8 out[kHttpDateSize];

		gmtime_r(&time, &parts);
		strftime(expected, sizeof(expected), "%a, %d %b %Y %H:%M:%S GMT", &parts);
		format_http_date(seconds, out);
		CHECK(text_of(Bytes(out, sizeof(out))) == expected);
		CHECK(parse_http_date(Bytes(out, sizeof(out)), 0) == time);
		strftime(expected, sizeof(expected), "%a %b %e %H:%M:%S %Y", &parts);
		CHECK(parse_http_date(bytes_of(expected), 0) == time);
		strftime(expected, sizeof(expected), "%A, %d-%b-%y %H:%M:%S GMT", &parts);
		CHECK(parse_http_date(bytes_of(expected), seconds) == time);
	}
	u8 out[kHttpDateSize];

	format_http_date(kU64Max, out);
	CHECK(text_of(Bytes(out, sizeof(out))) == "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST_CASE("date: agrees with the C library before 1970")
{
	Random random(9);

	for (int round = 0; round < 20000; round++) {
		// From 1 January 0000 on.
		const std::time_t time = -1 - static_cast<std::time_t>(random.below(62167219200));
		std::tm parts;
		char day[16];
		char expected[64];

		gmtime_r(&time, &parts);
		strftime(day, sizeof(day), "%a, %d %b", &parts);
		snprintf(expected, sizeof(expected), "%s %04d %02d:%02d:%02d GMT", day,
			 parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
		CAPTURE(expected);
		CHECK(parse_http_date(bytes_of(expected), 0) == time);
	}
}

// RFC 9110 section 5.6.7: what appears to be more than 50 years ahead is of the past.
TEST_CASE("date: two-digit years by the second")
{
	const u64 now = 1704110400; // Mon, 01 Jan 2024 12:00:00 GMT

	CHECK(parse_http_date("Monday, 01-Jan-74 12:00:00 GMT"_b, now) == 3282033600);
	CHECK(!parse_http_date("Monday, 01-Jan-74 12:00:01 GMT"_b, now));
	CHECK(parse_http_date("Tuesday, 01-Jan-74 12:00:01 GMT"_b, now) == 126273601);
	CHECK(parse_http_date("Monday, 31-Dec-74 00:00:00 GMT"_b, now) == std::nullopt);
	CHECK(parse_http_date("Tuesday, 31-Dec-74 00:00:00 GMT"_b, now) == 157680000);
	CHECK(parse_http_date("Friday, 31-Dec-99 23:59:59 GMT"_b, now) == 946684799);
	// The century to come is near.
	CHECK(parse_http_date("Saturday, 01-Jan-00 00:00:00 GMT"_b, 946684799) == 946684800);
	CHECK(parse_http_date("Friday, 31-Dec-49 00:00:00 GMT"_b, 946684799) == 2524521600);
}

TEST_CASE("range: agrees with marking byte by byte")
{
	Random random(6);

	for (int round = 0; round < 20000; round++) {
		const u64 size = 1 + random.below(40);
		std::vector<bool> wanted(size);
		std::string value = "bytes=";
		ByteRange ranges[8];

		for (u64 n = 1 + random.below(7); n > 0; n--) {
			const u64 a = random.below(50);
			const u64 b = a + random.below(8);
			const u64 kind = random.below(6);

			if (kind == 0) {
				value += "-" + std::to_string(a);
				for (u64 i = a < size ? size - a : 0; i < size; i++)
					wanted[i] = true;
			} else if (kind == 1) {
				value += std::to_string(a) + "-";
				for (u64 i = a; i < size; i++)
					wanted[i] = true;
			} else {
				value += std::to_string(a) + "-" + std::to_string(b);
				for (u64 i = a; i <= b && i < size; i++)
					wanted[i] = true;
			}
			value += n > 1 ? "," : "";
		}
		const RangeResult result = parse_ranges(bytes_of(value), size, ranges);
		std::vector<bool> given(size);

		CAPTURE(value);
		CAPTURE(size);
		REQUIRE(result.outcome != RangeOutcome::ignore);
		for (u32 i = 0; i < result.count; i++) {
			REQUIRE(ranges[i].first <= ranges[i].last);
			REQUIRE(ranges[i].last < size);
			for (u64 at = ranges[i].first; at <= ranges[i].last; at++) {
				CHECK(!given[at]);
				given[at] = true;
			}
			// Ranges that touch have become one.
			for (u32 j = 0; j < result.count; j++)
				CHECK(ranges[i].last + 1 != ranges[j].first);
		}
		CHECK(given == wanted);
		CHECK((result.outcome == RangeOutcome::satisfiable) == (result.count != 0));
	}
}

TEST_CASE("escape: HTML, JSON and what does not fit")
{
	u8 out[64];
	u8 small[7];

	CHECK(text_of(escape_html(bytes_of("<a href=\"x\">'&'"), out)) ==
	      "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;");
	CHECK(text_of(escape_json(bytes_of("a\"\\\n\x7f\xc3\xa9"), out)) ==
	      "a\\\"\\\\\\u000a\\u007f\xc3\xa9");
	CHECK(escape_html(bytes_of("<<"), small).empty());
	CHECK(text_of(escape_html(bytes_of("<abc"), small)) == "&lt;abc");
	CHECK(escape_html(Bytes(), out).empty());
	CHECK(text_of(escape_uri_path(bytes_of("/a b%?\xff"), out)) == "/a%20b%25%3F%FF");
}

TEST_CASE("mime: types of the web")
{
	struct {
		const char *path;
		const char *type;
	} const cases[] = {
		{"/index.html", "text/html"},
		{"/A.HTML", "text/html"},
		{"/a.js", "text/javascript"},
		{"/a.min.mjs", "text/javascript"},
		{"/a.css", "text/css"},
		{"/a.json", "application/json"},
		{"/a.wasm", "application/wasm"},
		{"/a.svg", "image/svg+xml"},
		{"/favicon.ico", "image/vnd.microsoft.icon"},
		{"/a.webp", "image/webp"},
		{"/a.avif", "image/avif"},
		{"/a.woff2", "font/woff2"},
		{"/a.mp4", "video/mp4"},
		{"/a.webm", "video/webm"},
		{"/a.ts", "video/mp2t"},
		{"/a.txt", "text/plain"},
		{"/site.webmanifest", "application/manifest+json"},
		{"/a.tar.gz", "application/gzip"},
		{"/a.unknown", "application/octet-stream"},
		{"/html", "application/octet-stream"},
		{"/.html", "application/octet-stream"},
		{"/a.", "application/octet-stream"},
		{"/a.html/b", "application/octet-stream"},
		{"", "application/octet-stream"},
	};

	for (const auto &entry : cases) {
		CAPTURE(entry.path);
		CHECK(text_of(mime_type_of(bytes_of(entry.path))) == entry.type);
	}
	CHECK(mime_takes_charset("text/html"_b));
	CHECK(!mime_takes_charset("image/png"_b));
}

TEST_CASE("mime: every line of the table is found, and it is in order")
{
	const std::string table =
#include "http/mime_types.inc"
		;
	std::string before;
	usize lines = 0;

	for (usize at = 0; at < table.size(); lines++) {
		const usize end = table.find('\n', at);
		const usize space = table.find(' ', at);
		const std::string extension = table.substr(at, space - at);
		const std::string type = table.substr(space + 1, end - space - 1);

		CAPTURE(extension);
		CHECK(before < extension);
		CHECK(text_of(mime_type_of(bytes_of("/x." + extension))) == type);
		CHECK(text_of(mime_type_of(bytes_of("/x." + extension + "!"))) ==
		      "application/octet-stream");
		before = extension;
		at = end + 1;
	}
	CHECK(lines > 1000);
}

} // namespace khttpd
