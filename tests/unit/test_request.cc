// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/authority.h"
#include "http/chars.h"
#include "support.h"

namespace khttpd {

namespace {

ParseResult parse_whole(RequestParser &parser, const std::string &head,
			const HeadLimits &limits = kDefaultLimits)
{
	parser.reset();
	return parser.parse(bytes_of(head), limits);
}

} // namespace

TEST_CASE("request: parts point to where they are")
{
	const std::string head = "\r\nGET /a/b?c=d HTTP/1.1\r\nHost:  example.com \r\nRange:\r\n"
				 "uSeR-aGeNt: x y\t\r\n\r\nmore";
	RequestParser parser;
	const ParseResult result = parse_whole(parser, head);
	const Request &request = parser.request();
	const Bytes bytes = bytes_of(head);

	REQUIRE(result.outcome == ParseOutcome::done);
	CHECK(result.consumed == head.size() - 4);
	CHECK(request.method == Method::get);
	CHECK(text_of(request.method_name.of(bytes)) == "GET");
	CHECK(text_of(request.target.of(bytes)) == "/a/b?c=d");
	CHECK(text_of(request.path.of(bytes)) == "/a/b");
	CHECK(text_of(request.query.of(bytes)) == "c=d");
	CHECK(text_of(request.field(Field::host).of(bytes)) == "example.com");
	CHECK(text_of(request.field(Field::user_agent).of(bytes)) == "x y");
	CHECK(request.field(Field::range).present());
	CHECK(request.field(Field::range).size == 0);
	CHECK(!request.field(Field::referer).present());
	CHECK(text_of(request.field_section.of(bytes)) ==
	      "Host:  example.com \r\nRange:\r\nuSeR-aGeNt: x y\t\r\n");
}

TEST_CASE("request: parts of targets in all forms")
{
	struct {
		const char *line;
		TargetForm form;
		const char *path;
		const char *query;
		const char *authority;
	} const cases[] = {
		{"GET /a", TargetForm::origin, "/a", "", ""},
		{"GET /a?b", TargetForm::origin, "/a", "b", ""},
		{"GET /?", TargetForm::origin, "/", "", ""},
		{"GET http://h:1/a?b?c", TargetForm::absolute, "/a", "b?c", "h:1"},
		{"GET http://h", TargetForm::absolute, "", "", "h"},
		{"GET http://h?q", TargetForm::absolute, "", "q", "h"},
		{"GET http://[::1]/", TargetForm::absolute, "/", "", "[::1]"},
		{"OPTIONS *", TargetForm::asterisk, "", "", ""},
		{"OPTIONS http://h", TargetForm::asterisk, "", "", "h"},
		{"OPTIONS http://h/", TargetForm::absolute, "/", "", "h"},
		{"CONNECT h:1", TargetForm::authority, "", "", "h:1"},
	};

	for (const auto &entry : cases) {
		const std::string head = std::string(entry.line) + " HTTP/1.1\r\nHost: x\r\n\r\n";
		const Bytes bytes = bytes_of(head);
		RequestParser parser;

		CAPTURE(head);
		REQUIRE(parse_whole(parser, head).outcome == ParseOutcome::done);
		CHECK(parser.request().form == entry.form);
		CHECK(text_of(parser.request().path.of(bytes).prefix(parser.request().path.size)) ==
		      entry.path);
		CHECK(text_of(parser.request().query.of(bytes)) == entry.query);
		CHECK(text_of(parser.request().authority.of(bytes)) == entry.authority);
	}
}

TEST_CASE("request: every known field is found in any case, and others are not")
{
	const char *const names[] = {
		"Host",
		"Connection",
		"Content-Length",
		"Transfer-Encoding",
		"Expect",
		"Range",
		"If-Match",
		"If-None-Match",
		"If-Modified-Since",
		"If-Unmodified-Since",
		"If-Range",
		"Accept-Encoding",
		"Upgrade",
		"User-Agent",
		"Referer",
		"Trailer",
	};

	for (usize i = 0; i < kFieldCount; i++) {
		std::string name = names[i];

		CAPTURE(name);
		CHECK(field_of(bytes_of(name)) == static_cast<Field>(i));
		for (char &c : name)
			c = static_cast<char>(toupper(c));
		CHECK(field_of(bytes_of(name)) == static_cast<Field>(i));
		for (char &c : name) {
			const char was = c;

			c = c == '-' ? '_' : c == 'X' ? 'Y' : 'X';
			CHECK(field_of(bytes_of(name)) == Field::count);
			c = was;
		}
		CHECK(field_of(bytes_of(name + "s")) == Field::count);
		CHECK(field_of(bytes_of(name.substr(1))) == Field::count);
	}
	CHECK(field_of(bytes_of("TE")) == Field::count);
	CHECK(field_of(Bytes()) == Field::count);
}

TEST_CASE("request: repeated fields are noted and all their lines read")
{
	const std::string head = "GET / HTTP/1.1\r\nIf-None-Match: \"a\"\r\nHost: x\r\n"
				 "IF-NONE-MATCH:\t\"b\" \r\nif-none-match:\"c\"\r\n"
				 "Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n";
	RequestParser parser;

	REQUIRE(parse_whole(parser, head).outcome == ParseOutcome::done);

	const Request &request = parser.request();
	FieldLines lines(bytes_of(head), request, Field::if_none_match);
	FieldLines none(bytes_of(head), request, Field::if_match);
	FieldLines host(bytes_of(head), request, Field::host);
	std::string all;
	Bytes value;

	CHECK(request.repeated(Field::if_none_match));
	CHECK(!request.repeated(Field::host));
	CHECK(request.field(Field::range).present());
	CHECK(!request.single(Field::range).present());
	CHECK(request.single(Field::host).present());
	while (lines.next(value))
		all += text_of(value) + ";";
	CHECK(all == "\"a\";\"b\";\"c\";");
	CHECK(!none.next(value));
	CHECK(host.next(value));
	CHECK(text_of(value) == "x");
	CHECK(!host.next(value));
}

TEST_CASE("request: limits hold to the byte")
{
	RequestParser parser;

	for (u32 limit = 512; limit < 560; limit++) {
		const std::string start = "GET / HTTP/1.1\r\nHost: x\r\nA: ";
		const std::string end = "\r\n\r\n";
		const std::string fill(limit - start.size() - end.size(), 'b');
		const HeadLimits limits = {limit, 64, 10};

		CHECK(parse_whole(parser, start + fill + end, limits).consumed == limit);
		CHECK(parse_whole(parser, start + fill + "b" + end, limits).status ==
		      Status::header_fields_too_large);
		// The first byte that cannot be the end decides.
		CHECK(parse_whole(parser, (start + fill + end).substr(0, limit - 1), limits)
			      .outcome == ParseOutcome::need_more);
		CHECK(parse_whole(parser, (start + fill + "bbbb").substr(0, limit), limits)
			      .outcome == ParseOutcome::bad);
	}
	const HeadLimits small = {65535, 5, 2};

	CHECK(parse_whole(parser, "GET /abcd HTTP/1.0\r\n\r\n", small).outcome ==
	      ParseOutcome::done);
	CHECK(parse_whole(parser, "GET /abcde HTTP/1.0\r\n\r\n", small).status ==
	      Status::uri_too_long);
	CHECK(parse_whole(parser, "GET /abcde", small).status == Status::uri_too_long);
	CHECK(parse_whole(parser, "GET / HTTP/1.0\r\na:b\r\nc:d\r\n\r\n", small).outcome ==
	      ParseOutcome::done);
	CHECK(parse_whole(parser, "GET / HTTP/1.0\r\na:b\r\nc:d\r\ne", small).status ==
	      Status::header_fields_too_large);
}

// A limit beyond what a Slice can hold is cut to that.
TEST_CASE("request: a head of 65535 bytes is read, a longer one refused")
{
	const HeadLimits limits = {1u << 20, 1u << 20, 100};
	const std::string start = "GET / HTTP/1.0\r\nReferer: ";
	std::string head = start + std::string(65535 - start.size() - 4, 'r') + "\r\n\r\n";
	RequestParser parser;

	CHECK(parse_whole(parser, head, limits).consumed == 65535);
	CHECK(parser.request().field(Field::referer).size == 65535 - start.size() - 4);
	head.insert(head.size() - 4, "r");
	CHECK(parse_whole(parser, head, limits).status == Status::header_fields_too_large);
	CHECK(parse_whole(parser, "GET /" + std::string(70000, 'a'), limits).status ==
	      Status::uri_too_long);
}

TEST_CASE("request: a verdict stays when asked again")
{
	for (const char *text : {"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "\x16\x03",
				 "GET  /", "GET / HTTP/1.1\r\nA b", "\r\n\r\n\r\n"}) {
		const std::string head = text;
		RequestParser parser;
		const ParseResult first = parser.parse(bytes_of(head), kDefaultLimits);
		const ParseResult second = parser.parse(bytes_of(head), kDefaultLimits);

		CAPTURE(head);
		CHECK(first.outcome == ParseOutcome::bad);
		CHECK(second.outcome == ParseOutcome::bad);
		CHECK(first.status == second.status);
	}
}

TEST_CASE("request: started() tells empty lines from a request")
{
	RequestParser parser;

	CHECK(!parser.started());
	parser.parse(bytes_of("\r\n"), kDefaultLimits);
	CHECK(!parser.started());
	parser.parse(bytes_of("\r\nG"), kDefaultLimits);
	CHECK(parser.started());
	parser.reset();
	CHECK(!parser.started());
}

TEST_CASE("request: every byte at every place of a line is judged by its class")
{
	const std::string head = "GET /a HTTP/1.1\r\nHost: x\r\nNom: value of it\r\n\r\n";
	const usize target = head.find("/a") + 1;
	const usize name = head.find("Nom") + 1;
	const usize value = head.find("value") + 3;
	RequestParser parser;

	for (int c = 0; c < 256; c++) {
		const u8 byte = static_cast<u8>(c);
		std::string changed = head;

		CAPTURE(c);
		changed[0] = static_cast<char>(c);
		CHECK((parse_whole(parser, changed).outcome == ParseOutcome::done) ==
		      is_token_char(byte));
		changed = head;
		changed[target] = static_cast<char>(c);
		CHECK((parse_whole(parser, changed).outcome == ParseOutcome::done) ==
		      (has_class(byte, kCharTarget) || c == '?'));
		changed.insert(target, "?a");
		CHECK((parse_whole(parser, changed).outcome == ParseOutcome::done) ==
		      has_class(byte, kCharTarget | kCharQuery));
		changed = head;
		changed[name] = static_cast<char>(c);
		CHECK((parse_whole(parser, changed).outcome == ParseOutcome::done) ==
		      (is_token_char(byte) || c == ':'));
		changed = head;
		changed[value] = static_cast<char>(c);
		CHECK((parse_whole(parser, changed).outcome == ParseOutcome::done) ==
		      has_class(byte, kCharText));
	}
}

// RFC 3986 and its Appendix A for what is written, docs/requests.md for what is read.
TEST_CASE("request: the characters of targets, one by one")
{
	const std::string path = "abcxyzABCXYZ0189-._~!$&'()*+,;=:@/";

	for (int c = 0; c < 256; c++) {
		const bool in_path = c != 0 && path.find(static_cast<char>(c)) != path.npos;
		const u8 byte = static_cast<u8>(c);
		const bool alphanumeric = is_digit(byte) ||
					  (to_lower(byte) >= 'a' && to_lower(byte) <= 'z');
		const bool frames = c <= ' ' || c == 0x7f || c == '?' || c == '#';

		CAPTURE(c);
		CHECK(has_class(byte, kCharPath) == (in_path || alphanumeric || c == '%'));
		CHECK(has_class(byte, kCharQuery) == (in_path || alphanumeric || c == '?'));
		CHECK(has_class(byte, kCharTarget) == !frames);
	}
}

TEST_CASE("request: targets as clients send them")
{
	struct {
		const char *target;
		bool good;
	} const cases[] = {
		{"/?%41", true},
		{"/?%4", true},
		{"/?%", true},
		{"/?%%41", true},
		{"/?%g1", true},
		{"/?%1g&a=b", true},
		{"/?a=%7B%7d&b", true},
		{"/?a[]=1", true},
		{"/?a{|}^`", true},
		{"/a[1]", true},
		{"/?a\\b", true},
		{"/a\\b", true},
		{"/a\"<b>\xc3\xa9", true},
		{"/?a\"<b>\xc3\xa9", true},
		{"/?a#b", false},
		{"/a#b", false},
		{"/a\x7f", false},
		{"/?a\x1f", false},
		// An authority is a host and a port, or nothing.
		{"http://[::1]:80/a?b", true},
		{"http://h/a[1]", true},
		{"http://h/?a[1]", true},
		{"http://h?a[1]", true},
		{"http://[::1/a]b", false},
		{"http://h\\@x/", false},
		{"http://h\\x/", false},
		{"http://h|x/", false},
		{"http://h\xc3\xa9/", false},
		{"http://h%/", false},
		{"[::1]", false},
		{"\\a", false},
		{"\xc3\xa9", false},
	};
	RequestParser parser;

	for (const auto &entry : cases) {
		const std::string head =
			"GET " + std::string(entry.target) + " HTTP/1.1\r\nHost: x\r\n\r\n";

		CAPTURE(head);
		CHECK(parse_whole(parser, head).status ==
		      (entry.good ? Status::none : Status::bad_request));
	}
}

TEST_CASE("chars: the word-wise search for control characters agrees with the table")
{
	Random random(2);

	for (int round = 0; round < 20000; round++) {
		u64 word = random.next();
		usize first = 0;

		if (round % 2 != 0)
			word |= repeat_byte(0x20);
		const u8 *bytes = reinterpret_cast<const u8 *>(&word);

		while (first < 8 && (has_class(bytes[first], kCharText) && bytes[first] != '\t'))
			first++;
		const u64 mask = control_mask(word);

		CHECK((mask == 0 ? 8u : static_cast<usize>(__builtin_ctzll(mask)) / 8) == first);
	}
}

TEST_CASE("authority: IPv6 addresses")
{
	for (const char *good :
	     {"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
	      "fe80::1:2", "::ffff:1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "ABCD:ef01::"})
		CHECK_MESSAGE(valid_ipv6(bytes_of(good)), good);
	for (const char *bad :
	     {"", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
	      "12345::", "::1::", "1:2:3:4:5:6:7:8::", "::g", ":1::", "1::2:", "::1.2.3",
	      "::1.2.3.256", "::01.2.3.4", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4"})
		CHECK_MESSAGE(!valid_ipv6(bytes_of(bad)), bad);
}

} // namespace khttpd
