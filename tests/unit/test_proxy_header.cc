// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/proxy_header.h"
#include "support.h"

namespace khttpd {

namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

// A header of version 2 with these bytes behind its fixed part.
std::string version_2(int command, int family, const std::string &rest)
{
	return kSignature + static_cast<char>(command) + static_cast<char>(family) +
	       static_cast<char>(rest.size() >> 8) + static_cast<char>(rest.size()) + rest;
}

const std::string kIpv4("\xc0\x00\x02\x09\x0a\x00\x00\x01\x12\x34\x00\x50", 12);
const std::string kIpv6 = std::string("\x20\x01\x0d\xb8", 4) + std::string(11, '\0') + "\x05" +
			  std::string(15, '\0') + std::string("\x01\xff\xff\x00\x50", 5);

// What is read of the bytes: `bad`, `more`, or the size with the client behind it; the same with
// whatever follows, and nothing is known of it before its last byte but for what is thrown away.
std::string parse(const std::string &text)
{
	const ProxyHeader header = parse_proxy_header(bytes_of(text));
	std::string out;

	if (header.outcome == ParseOutcome::need_more)
		return "more";
	CHECK(parse_proxy_header(bytes_of(text + "GET / H")).outcome == header.outcome);
	if (header.outcome == ParseOutcome::bad)
		return "bad";
	for (size_t size = 0; size < std::min<size_t>(text.size(), header.size); size++) {
		const ProxyHeader part = parse_proxy_header(bytes_of(text.substr(0, size)));

		CHECK(part.outcome != ParseOutcome::bad);
		if (part.outcome == ParseOutcome::done)
			CHECK(part.size == header.size);
		else
			CHECK(size < kMaxProxyLine);
	}
	out = std::to_string(header.size);
	if (!header.named)
		return out;
	for (u8 byte : header.address) {
		char hex[4];

		snprintf(hex, sizeof(hex), "%02x", byte);
		out += (out.find(' ') == out.npos ? " " : "") + std::string(hex);
	}
	return out + " " + std::to_string(header.port);
}

} // namespace

TEST_CASE("PROXY protocol: version 1")
{
	const std::string ipv4 = " 00000000000000000000ffffc0000209 ";

	CHECK(parse("PROXY TCP4 192.0.2.9 10.0.0.1 4660 80\r\n") == "39" + ipv4 + "4660");
	CHECK(parse("PROXY TCP4 192.0.2.9 10.0.0.1 0 65535\r\nGET") == "39" + ipv4 + "0");
	CHECK(parse("PROXY TCP6 2001:db8::5 ::1 65535 80\r\n") ==
	      "37 20010db8000000000000000000000005 65535");
	CHECK(parse("PROXY TCP6 ::ffff:192.0.2.9 ::1 1 2\r\n") == "37" + ipv4 + "1");
	CHECK(parse("PROXY UNKNOWN\r\n") == "15");
	CHECK(parse("PROXY UNKNOWN ffff::1 what ever  \r\n") == "35");
	CHECK(parse("PROXY UNKNOWN " + std::string(91, 'x') + "\r\n") == "107");
	CHECK(parse("PROXY UNKNOWN " + std::string(92, 'x') + "\r\n") == "bad");
	CHECK(parse("PROXY UNKNOWN " + std::string(92, 'x')) == "more");
	CHECK(parse("PROXY UNKNOWN " + std::string(93, 'x')) == "bad");
}

TEST_CASE("PROXY protocol: what is no line of version 1")
{
	for (const char *text : {
		     "PROXY \r\n",
		     "PROXY\r\n",
		     "PROXY TCP4\r\n",
		     "PROXY TCP4 \r\n",
		     "PROXY TCP5 192.0.2.9 10.0.0.1 1 2\r\n",
		     "PROXY tcp4 192.0.2.9 10.0.0.1 1 2\r\n",
		     "PROXY UNKNOWNX\r\n",
		     "PROXY  TCP4 192.0.2.9 10.0.0.1 1 2\r\n",
		     "PROXY TCP4  192.0.2.9 10.0.0.1 1 2\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 2 \r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 2 3\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 \r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 65536\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 65536 1\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 01 1\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 -1 1\r\n",
		     "PROXY TCP4 192.0.2.09 10.0.0.1 1 2\r\n",
		     "PROXY TCP4 192.0.2 10.0.0.1 1 2\r\n",
		     "PROXY TCP4 192.0.2.256 10.0.0.1 1 2\r\n",
		     "PROXY TCP4 192.0.2.9 ::1 1 2\r\n",
		     "PROXY TCP4 ::1 10.0.0.1 1 2\r\n",
		     "PROXY TCP6 192.0.2.9 ::1 1 2\r\n",
		     "PROXY TCP6 ::1 10.0.0.1 1 2\r\n",
		     "PROXY TCP6 :::1 ::1 1 2\r\n",
		     "PROXY TCP6 [::1] ::1 1 2\r\n",
		     "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 2\n",
		     "PROXY TCP4 192.0.2.9 10.0.0.1 1 2\r\r\n",
		     "PROXY\tTCP4 192.0.2.9 10.0.0.1 1 2\r\n",
		     "proxy TCP4 192.0.2.9 10.0.0.1 1 2\r\n",
		     "GET / HTTP/1.1\r\n",
		     "P ",
	     }) {
		CAPTURE(text);
		CHECK(parse(text) == "bad");
	}
	CHECK(parse("") == "more");
	CHECK(parse("PROXY") == "more");
	CHECK(parse("PROXY TCP4 192.0.2.9 10.0.0.1 4660 80\r") == "more");
}

TEST_CASE("PROXY protocol: version 2")
{
	const std::string more(300, 'x');

	CHECK(parse(version_2(0x21, 0x11, kIpv4)) == "28 00000000000000000000ffffc0000209 4660");
	CHECK(parse(version_2(0x21, 0x21, kIpv6)) == "52 20010db8000000000000000000000005 65535");
	CHECK(parse(version_2(0x21, 0x11, kIpv4 + more)) ==
	      "328 00000000000000000000ffffc0000209 4660");
	// Its own, and what it cannot name.
	CHECK(parse(version_2(0x20, 0x00, "")) == "16");
	CHECK(parse(version_2(0x20, 0x11, kIpv4)) == "28");
	CHECK(parse(version_2(0x20, 0xff, more)) == "316");
	CHECK(parse(version_2(0x21, 0x00, "")) == "16");
	CHECK(parse(version_2(0x21, 0x00, more)) == "316");
	CHECK(parse(version_2(0x21, 0x12, kIpv4)) == "28");
	CHECK(parse(version_2(0x21, 0x22, kIpv6)) == "52");
	CHECK(parse(version_2(0x21, 0x31, more)) == "316");
	CHECK(parse(version_2(0x21, 0x32, more)) == "316");
	// Additions are thrown away as they come, within a bound.
	CHECK(parse(version_2(0x21, 0x11, kIpv4 + std::string(4096 - 28, 'x')).substr(0, 28)) ==
	      "4096 00000000000000000000ffffc0000209 4660");
	CHECK(parse(version_2(0x21, 0x11, kIpv4 + std::string(4097 - 28, 'x'))) == "bad");
	CHECK(parse(version_2(0x20, 0x00, std::string(65535, 'x')).substr(0, 16)) == "bad");
}

TEST_CASE("PROXY protocol: where the additions of version 2 begin")
{
	auto begin = [](const std::string &text) {
		return parse_proxy_header(bytes_of(text)).additions;
	};
	const std::string more(216, 'x');

	CHECK(begin("PROXY TCP4 192.0.2.9 10.0.0.1 4660 80\r\nGET") == 39);
	CHECK(begin(version_2(0x21, 0x11, kIpv4)) == 28);
	CHECK(begin(version_2(0x21, 0x11, kIpv4 + more)) == 28);
	CHECK(begin(version_2(0x21, 0x21, kIpv6 + more)) == 52);
	CHECK(begin(version_2(0x21, 0x00, more)) == 16);
	CHECK(begin(version_2(0x21, 0x12, kIpv4 + more)) == 28);
	CHECK(begin(version_2(0x21, 0x31, more)) == 232);
	// None of its own count.
	CHECK(begin(version_2(0x20, 0x11, kIpv4 + more)) == 16 + 12 + 216);
}

TEST_CASE("PROXY protocol: additions in pieces of any size")
{
	const std::string before = "before", alpn("\x01\0\2h2", 5), empty("\4\0\0", 3);
	const std::string tls("\x20\0\5\1\0\0\0\0", 8), plain("\x20\0\5\6\0\0\0\0", 8);
	// Whether they end where they should, and whether they tell of TLS.
	auto read = [&before](const std::string &text, size_t piece) {
		ProxyAdditions additions(before.size());
		const std::string all = before + text;

		for (size_t at = 0; at < all.size(); at += piece)
			additions.take(bytes_of(all.substr(at, piece)));
		return std::string(additions.complete() ? "whole" : "broken") +
		       (additions.secure() ? " tls" : "");
	};

	for (size_t piece = 1; piece < 30; piece++) {
		CHECK(read("", piece) == "whole");
		CHECK(read(empty, piece) == "whole");
		CHECK(read(alpn + empty, piece) == "whole");
		CHECK(read(plain, piece) == "whole");
		CHECK(read(alpn + tls + empty, piece) == "whole tls");
		CHECK(read(tls + plain, piece) == "whole tls");
		CHECK(read(tls.substr(0, 7), piece) == "broken tls");
		CHECK(read(tls.substr(0, 3), piece) == "broken");
		CHECK(read(alpn.substr(0, 4), piece) == "broken");
		CHECK(read(empty + "\x20", piece) == "broken");
		CHECK(read(std::string("\x20\0\4\1\0\0\0", 7), piece) == "broken");
		CHECK(read(std::string("\x20\0\0", 3) + tls, piece) == "broken");
		CHECK(read(std::string("\4\1\1", 3) + std::string(257, '\x20'), piece) == "whole");
	}
}

TEST_CASE("PROXY protocol: what is no header of version 2")
{
	const std::string good = version_2(0x21, 0x11, kIpv4);

	CHECK(parse(version_2(0x22, 0x11, kIpv4)) == "bad");
	CHECK(parse(version_2(0x11, 0x11, kIpv4)) == "bad");
	CHECK(parse(version_2(0x31, 0x11, kIpv4)) == "bad");
	CHECK(parse(version_2(0x01, 0x11, kIpv4)) == "bad");
	CHECK(parse(version_2(0x21, 0x41, kIpv6)) == "bad");
	CHECK(parse(version_2(0x21, 0x13, kIpv4)) == "bad");
	CHECK(parse(version_2(0x21, 0x11, kIpv4.substr(1))) == "bad");
	CHECK(parse(version_2(0x21, 0x21, kIpv6.substr(1))) == "bad");
	CHECK(parse(version_2(0x21, 0x31, std::string(215, 'x'))) == "bad");
	for (size_t at = 0; at < 12; at++) {
		std::string other = good;

		other[at] ^= 1;
		CAPTURE(at);
		CHECK(parse(other) == "bad");
		CHECK(parse(other.substr(0, at + 1)) == "bad");
	}
	for (size_t size = 0; size < good.size(); size++)
		CHECK(parse(good.substr(0, size)) == "more");
}

} // namespace khttpd
