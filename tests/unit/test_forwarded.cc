// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Whose request it is by the word of HTTP proxies, and whose word counts.
#include <ctime>

#include "http/forwarded.h"
#include "server_support.h"

namespace khttpd {

namespace {

std::string text_of_address(const u8 *address)
{
	std::string out;
	char group[8];

	if (is_mapped_ipv4(address)) {
		for (usize i = kMappedSize; i < kAddressSize; i++)
			out += (out.empty() ? "" : ".") + std::to_string(address[i]);
		return out;
	}
	for (usize i = 0; i < kAddressSize; i += 2) {
		snprintf(group, sizeof(group), "%x", address[i] << 8 | address[i + 1]);
		out += (i ? ":" : "") + std::string(group);
	}
	return out;
}

// The addresses that can be read, from the end on.
std::string hops(const std::string &fields, ForwardedField field)
{
	const std::unique_ptr<u8[]> copy(new u8[fields.size()]);
	u8 address[kAddressSize];
	std::string out;

	std::memcpy(copy.get(), fields.data(), fields.size());
	ForwardedHops list(Bytes(copy.get(), fields.size()), field);
	while (list.next(address))
		out += (out.empty() ? "" : " ") + text_of_address(address);
	return out;
}

std::string x(const std::string &value)
{
	return hops("Host: x\r\nX-Forwarded-For:" + value + "\r\nA: b\r\n",
		    ForwardedField::x_forwarded_for);
}

std::string standard(const std::string &value)
{
	return hops("Forwarded:" + value + "\r\n", ForwardedField::forwarded);
}

// The address that the log has of a request with these fields.
std::string logged(const TextConfig &owner, const std::string &fields,
		   const std::string &before = "")
{
	kh_log log;
	Client client(owner.config, &log);

	client.send(before + get_text("/", fields));
	REQUIRE(log.entries.size() == 1);
	return text_of_address(reinterpret_cast<const u8 *>(log.entries[0].address.data()));
}

unsigned status_of(const TextConfig &owner, const std::string &fields)
{
	Client client(owner.config);

	client.send(get_text("/", fields));
	return static_cast<unsigned>(std::stoul(client.received.substr(9, 3)));
}

const std::string kBelieving = "access_log = 1\nforwarded = 192.0.2.0/24 2001:db8::/32\n";

} // namespace

TEST_CASE("forwarded: X-Forwarded-For")
{
	CHECK(x(" 198.51.100.9") == "198.51.100.9");
	CHECK(x("a, 198.51.100.9,192.0.2.1 , 2001:db8::5") ==
	      "2001:db8:0:0:0:0:0:5 192.0.2.1 198.51.100.9");
	CHECK(x("198.51.100.9:1234") == "198.51.100.9");
	CHECK(x("[2001:db8::5]:1234, [::1]") == "0:0:0:0:0:0:0:1 2001:db8:0:0:0:0:0:5");
	CHECK(x(", ,198.51.100.9,,") == "198.51.100.9");
	CHECK(x("::ffff:198.51.100.9") == "198.51.100.9");
	for (const char *wrong :
	     {"", " ", ",", "unknown", "_x", "198.51.100", "198.51.100.9:", "198.51.100.9:x",
	      "198.51.100.9:123456", "[198.51.100.9]", "[::1", "[]", "[::1]x", "[::1]:", "::1]",
	      "\"198.51.100.9\"", "198.51.100.9 x", "fe80::1%eth0", "1,unknown"})
		CHECK(x(wrong) == "");
	CHECK(hops("X-Forwarded-For: 192.0.2.1\r\nx: y\r\nx-forwarded-FOR:192.0.2.2\r\n",
		   ForwardedField::x_forwarded_for) == "192.0.2.2 192.0.2.1");
	CHECK(hops("X-Forwarded-Fo: 192.0.2.1\r\nX-Forwarded-For2: 192.0.2.2\r\n"
		   "Forwarded: for=192.0.2.3\r\n",
		   ForwardedField::x_forwarded_for) == "");
	CHECK(hops("", ForwardedField::x_forwarded_for) == "");
	// What a client began does not hide what a proxy wrote.
	for (const char *begun : {"\"", "x\"y", "\"\\", "\\\"", "for=\"x"})
		CHECK(x(std::string(begun) + ", 198.51.100.9") == "198.51.100.9");
	// The last 16 of many.
	std::string many;
	for (int i = 0; i < 40; i++)
		many += "192.0.2." + std::to_string(i) + ",";
	const std::string all = x(many);
	CHECK(count(all, " ") == 15);
	CHECK(all.starts_with("192.0.2.39 "));
	CHECK(all.ends_with(" 192.0.2.24"));
}

TEST_CASE("forwarded: the field of RFC 7239")
{
	CHECK(standard("for=198.51.100.9") == "198.51.100.9");
	CHECK(standard(" by=a; For=\"[2001:db8::5]:4711\" ;proto=http, for=\"198.51.100.9:80\"") ==
	      "198.51.100.9 2001:db8:0:0:0:0:0:5");
	CHECK(standard("for=192.0.2.1;host=\"a,for=192.0.2.2\",for=\"192.0.2.3\"") ==
	      "192.0.2.3 192.0.2.1");
	CHECK(standard("host=\"\\\",for=192.0.2.1\";for=192.0.2.2") == "192.0.2.2");
	for (const char *begun : {"for=\"x", "\"", "a=\"\\", "a=\"\\\"", "for=\"a\";b=\""}) {
		CHECK(standard(std::string(begun) + ", for=198.51.100.9") == "198.51.100.9");
		CHECK(standard(std::string(begun) + ", for=\"[::1]:1\";by=\"_x\"") ==
		      "0:0:0:0:0:0:0:1");
		CHECK(standard(std::string(begun) + ", for=198.51.100.9;host=\"x\\\"y\"") ==
		      "198.51.100.9");
	}
	CHECK(standard("host=\"a,b\" ; for=192.0.2.1 , host=\"c;\\\\\" ,for=\"192.0.2.2\" ") ==
	      "192.0.2.2");
	CHECK(standard("a=\",\",for=192.0.2.1;b=\"\",for=192.0.2.2") == "192.0.2.2 192.0.2.1");
	for (const char *wrong :
	     {"for=unknown", "for=_hidden", "for", "for=", "for=\"", "for=\"192.0.2.1",
	      "by=192.0.2.1", "192.0.2.1", "xfor=192.0.2.1", "for=\"\\192.0.2.1\"",
	      "for=192.0.2.1\"", "for=\"\"", "x=\"for=192.0.2.1", "x=\"\\"})
		CHECK(standard(wrong) == "");
}

TEST_CASE("forwarded: quotes that are left open cost no more than others")
{
	for (const std::string part : {"\"\\\",", "\"\\\",\\", "=\"\\\",", "=\"\\", "a=\",",
				       "a=\" ", "=\"\\=\"", "=\"\\\";", "a=\"  \" "}) {
		std::string value;
		while (value.size() < 65000)
			value += part;
		const std::clock_t before = std::clock();
		standard(value);
		standard("for=" + value);
		// One pass takes less than a millisecond, one for each quote over a hundred.
		CHECK(std::clock() - before < CLOCKS_PER_SEC / 20);
	}
}

TEST_CASE("forwarded: the word of those that are named counts, as far as they are")
{
	TextConfig owner(kBelieving);
	TextConfig others("access_log = 1\nforwarded = 192.0.2.8 ::/0\n");
	TextConfig none("access_log = 1\n");

	CHECK(logged(owner, "") == "192.0.2.7");
	CHECK(logged(owner, "X-Forwarded-For: 198.51.100.9\r\n") == "198.51.100.9");
	// Who is believed last tells; what a client said before that does not count.
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1, 198.51.100.9\r\n") == "198.51.100.9");
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1\r\nX-Forwarded-For: 198.51.100.9\r\n") ==
	      "198.51.100.9");
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1, 198.51.100.9, 192.0.2.99\r\n") ==
	      "198.51.100.9");
	CHECK(logged(owner, "X-Forwarded-For: 2001:db8::1, 192.0.2.99\r\n") ==
	      "2001:db8:0:0:0:0:0:1");
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1, bad, 192.0.2.99\r\n") == "192.0.2.99");
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1, bad\r\n") == "192.0.2.7");
	CHECK(logged(owner, "Forwarded: for=203.0.113.1\r\n") == "192.0.2.7");
	for (const TextConfig *other : {&others, &none})
		CHECK(logged(*other, "X-Forwarded-For: 198.51.100.9\r\n") == "192.0.2.7");
	// Only once all of a head is there.
	CHECK(logged(owner, "X-Forwarded-For: 198.51.100.9\r\nContent-Length: x\r\n") ==
	      "192.0.2.7");
}

TEST_CASE("forwarded: what it takes to tell whose a request is, is counted as work")
{
	std::string trusted = "forwarded =";
	std::string hops;

	for (int i = 0; i < 99; i++)
		trusted += " 10.0." + std::to_string(i) + ".0/24";
	trusted += " 192.0.2.0/24\n";
	for (int i = 0; i < 20; i++)
		hops += i ? ", 192.0.2.9" : "X-Forwarded-For: 192.0.2.9";
	hops += "\r\n";
	TextConfig owner(trusted + "deny = 198.51.100.1\n");
	TextConfig others("forwarded = 10.0.0.1\ndeny = 198.51.100.1\n");
	TextConfig schemes(trusted + "[site x]\nredirect = /* https://x/* 301\n");
	const std::string page = get_text("/", hops);
	// The request line, and the empty one at the end, are no fields.
	const u64 fields = page.size() - std::strlen("GET / HTTP/1.1\r\n") - 2;
	auto work = [](const TextConfig &config, const std::string &requests) {
		Client client(config.config);

		REQUIRE(config.mistakes.empty());
		world.work = world.most_work = 0;
		client.send(requests);
		return world.work;
	};

	// The peer and 16 hops among a hundred networks, and one that is refused.
	CHECK(work(owner, page) == fields + 17 * 100 + 1);
	CHECK(work(owner, get_text("/")) == fields - hops.size() + 100 + 1);
	CHECK(work(others, page) == 1 + 1);
	CHECK(work(schemes, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") == 9 + 100);
	// A batch is over once it has taken much, however small the replies are.
	std::string pipeline;
	for (int i = 0; i < 64; i++)
		pipeline += "HEAD" + page.substr(3);
	CHECK(work(owner, pipeline) == 64 * (fields + 17 * 100 + 1));
	CHECK(world.most_work < 8192 + fields + 17 * 100 + 1);
}

TEST_CASE("forwarded: the field that is named alone is looked at")
{
	TextConfig owner("access_log = 1\nforwarded = forwarded 192.0.2.0/24\n");

	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1\r\n") == "192.0.2.7");
	CHECK(logged(owner, "X-Forwarded-For: 203.0.113.1\r\nForwarded: for=198.51.100.9\r\n") ==
	      "198.51.100.9");
}

TEST_CASE("forwarded: behind a proxy that uses the PROXY protocol")
{
	TextConfig owner("access_log = 1\nproxy_protocol = 192.0.2.7\nforwarded = 198.51.100.9\n");
	const std::string field = "X-Forwarded-For: 203.0.113.1\r\n";

	CHECK(logged(owner, field, "PROXY TCP4 198.51.100.9 10.0.0.1 1 2\r\n") == "203.0.113.1");
	CHECK(logged(owner, field, "PROXY TCP4 198.51.100.8 10.0.0.1 1 2\r\n") == "198.51.100.8");
	CHECK(logged(owner, field, "PROXY UNKNOWN\r\n") == "192.0.2.7");
}

TEST_CASE("forwarded: each request of a connection has an address of its own")
{
	TextConfig owner(kBelieving + "deny = 198.51.100.0/24\n[location /a/]\nrate = 1/m 1\n");

	CHECK(status_of(owner, "") == 200);
	CHECK(status_of(owner, "X-Forwarded-For: 203.0.113.1\r\n") == 200);
	CHECK(status_of(owner, "X-Forwarded-For: 198.51.100.9\r\n") == 403);
	Client client(owner.config);
	client.send(get_text("/", "X-Forwarded-For: 203.0.113.1\r\n") +
		    get_text("/", "X-Forwarded-For: 198.51.100.9\r\n") + get_text("/"));
	CHECK(count(client.received, "HTTP/1.1 200 ") == 2);
	CHECK(count(client.received, "HTTP/1.1 403 ") == 1);
	Client at_a_rate(owner.config);
	at_a_rate.send(get_text("/a/", "X-Forwarded-For: 203.0.113.1\r\n"));
	CHECK(text_of_address(world.rate_address) == "203.0.113.1");
}

TEST_CASE("forwarded: the scheme that the nearest proxy tells")
{
	auto by_https = [](const std::string &fields, ForwardedField field) {
		return forwarded_by_https(bytes_of(fields), field);
	};
	const ForwardedField x_field = ForwardedField::x_forwarded_for;
	const ForwardedField field = ForwardedField::forwarded;

	CHECK(by_https("a: b\r\nX-Forwarded-Proto: https\r\n", x_field));
	CHECK(by_https("x-forwarded-proto:http, HTTPS \r\n", x_field));
	CHECK_FALSE(by_https("X-Forwarded-Proto: https, http\r\n", x_field));
	CHECK_FALSE(by_https("X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n", x_field));
	CHECK_FALSE(by_https("Forwarded: proto=https\r\n", x_field));
	CHECK_FALSE(by_https("", x_field));
	CHECK(by_https("Forwarded: for=::1;proto=http, Proto=\"https\"; for=x\r\n", field));
	CHECK_FALSE(by_https("Forwarded: proto=https, for=x\r\n", field));
	CHECK_FALSE(by_https("Forwarded: proto=httpsx\r\n", field));
	CHECK_FALSE(by_https("X-Forwarded-Proto: https\r\n", field));
}

TEST_CASE("forwarded: who came by https is not sent there")
{
	Site site;
	site.write("a/b.txt", "text");
	const std::string rest = "docroot = " + site.path.string() +
				 "\n[site example.org]\nredirect = /* https://Example.org/* 301\n"
				 "redirect = /old/* https://example.org/new/* 301\n"
				 "[site www.example.org]\n"
				 "redirect = /* https://example.org/* 301\n";
	TextConfig owner("forwarded = 192.0.2.7\n" + rest);
	TextConfig others("forwarded = 192.0.2.8\n" + rest);
	TextConfig none(rest);
	const std::string told = "X-Forwarded-Proto: https\r\n";
	const std::string back = "https://Example.org/a/b.txt";

	for (const char *host : {"example.org", "EXAMPLE.org:443", "example.org"})
		CHECK(content_of_reply(ask_host(owner, host, "/a/b.txt", told)) == "text");
	for (const char *fields : {"", "X-Forwarded-Proto: http\r\n", "Forwarded: proto=https\r\n"})
		CHECK(field_of_reply(ask_host(owner, "example.org", "/a/b.txt", fields),
				     "Location") == back);
	CHECK(field_of_reply(ask_host(owner, "example.org:80", "/a/b.txt", told), "Location") ==
	      back);
	for (const TextConfig *other : {&others, &none})
		CHECK(field_of_reply(ask_host(*other, "example.org", "/a/b.txt", told),
				     "Location") == back);
	// Others than those that lead back are for all.
	CHECK(field_of_reply(ask_host(owner, "example.org", "/old/x", told), "Location") ==
	      "https://example.org/new/x");
	CHECK(field_of_reply(ask_host(owner, "www.example.org", "/x", told), "Location") ==
	      "https://example.org/x");
}

TEST_CASE("forwarded: what is refused of the setting")
{
	auto refused = [](const std::string &text) { return TextConfig(text).mistakes; };

	CHECK(refused("forwarded = 192.0.2.0/24\nforwarded = x-forwarded-for all\n").empty());
	CHECK(refused("forwarded = forwarded\n") == "1: forwarded: names no network");
	CHECK(refused("forwarded = x-real-ip ::1\n").starts_with("1: forwarded: x-real-ip is not"));
	CHECK(refused("forwarded = ::1\nforwarded = forwarded ::2\n") ==
	      "2: forwarded: two fields: one of them would be the client's own word");
	CHECK(refused("[site x]\nforwarded = ::1\n") ==
	      "2: forwarded applies to the whole server: write it before the first section");
}

} // namespace khttpd
