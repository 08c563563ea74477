// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Connections of proxies that tell the client's address: what it counts for, and what is refused.
#include "server_support.h"

namespace khttpd {

namespace {

const std::string kLine = "PROXY TCP4 198.51.100.9 10.0.0.1 4660 80\r\n";
const std::string kUnknown = "PROXY UNKNOWN\r\n";
const std::string kTold("\0\0\0\0\0\0\0\0\0\0\xff\xff\xc6\x33\x64\x09", 16);

// A header of version 2 that says the same, with these additions.
std::string told_with(const std::string &more, char command = '\x21')
{
	const size_t size = 12 + more.size();

	return std::string("\r\n\r\n\0\r\nQUIT\n", 12) + command + '\x11' +
	       static_cast<char>(size >> 8) + static_cast<char>(size) + kTold.substr(12) +
	       std::string("\x0a\x00\x00\x01\x12\x34\x00\x50", 8) + more;
}

std::string addition(char type, const std::string &value)
{
	return std::string(1, type) + static_cast<char>(value.size() >> 8) +
	       static_cast<char>(value.size()) + value;
}

// With an addition of so many bytes that says nothing (PP2_TYPE_NOOP).
std::string binary(size_t more = 0, char command = '\x21')
{
	return told_with(more ? addition('\x04', std::string(more - 3, 'x')) : "", command);
}

// What PP2_TYPE_SSL has of a client.
std::string tls(char client)
{
	return addition('\x20',
			std::string(1, client) + std::string(4, '\0') + addition('!', "TLSv1.3"));
}

// The model's clients come from 192.0.2.7.
const std::string kFrom = "proxy_protocol = 192.0.2.0/24 2001:db8::/32\naccess_log = 1\n";

std::string peer_address()
{
	return {world.address, world.address + sizeof(world.address)};
}

// What is received, with the address that the log has of each reply.
struct Outcome {
	std::string received, client;
	bool open, aborted;
	std::vector<std::string> logged;
	bool operator==(const Outcome &) const = default;
};

Outcome ask_in(const TextConfig &owner, const std::vector<std::string> &pieces)
{
	kh_log log;
	Client client(owner.config, &log);
	Outcome out;

	for (const std::string &piece : pieces)
		client.send(piece);
	for (const khttpd_model::LogEntry &entry : log.entries)
		out.logged.push_back(entry.address);
	out.received = client.received;
	out.client = client.client().value_or("");
	out.open = client.open;
	out.aborted = client.aborted;
	return out;
}

} // namespace

TEST_CASE("proxies: the address that is told holds for all requests, however it comes")
{
	TextConfig owner(kFrom);
	const std::string plain = ask_in(owner, {kLine, kGet}).received;

	REQUIRE(plain.starts_with("HTTP/1.1 200 "));
	for (const std::string &header : {kLine, binary(), binary(300), binary(4096 - 28)}) {
		const std::string input = header + kGet + kGet;
		const Outcome whole = ask_in(owner, {input});

		CHECK(whole == Outcome{plain + plain, kTold, true, false, {kTold, kTold}});
		CHECK(world.port == 4660);
		for (size_t cut = 1; cut < std::min<size_t>(input.size(), 400); cut++)
			CHECK(ask_in(owner, {input.substr(0, cut), input.substr(cut)}) == whole);
		std::vector<std::string> bytes;
		for (char c : input)
			bytes.emplace_back(1, c);
		CHECK(ask_in(owner, bytes) == whole);
	}
	CHECK(world.held[KH_HELD_heads] == 0);
}

TEST_CASE("proxies: one that names nobody speaks for itself")
{
	TextConfig owner(kFrom);

	for (const std::string &header : {kUnknown, binary(0, '\x20'), binary(300, '\x20')}) {
		const Outcome out = ask_in(owner, {header + kGet});

		CHECK(out.received.starts_with("HTTP/1.1 200 "));
		CHECK(out.client.empty());
		CHECK(out.logged == std::vector<std::string>{peer_address()});
	}
}

TEST_CASE("proxies: without a header, or with a wrong one, nothing is answered")
{
	TextConfig owner(kFrom);
	u64 errors = world.stats[KH_STAT_proxy_errors];

	for (const std::string &input :
	     {kGet, std::string("\r\n") + kGet, kLine.substr(1) + kGet, std::string(1, '\0'),
	      binary(4097 - 28) + kGet, binary(0, '\x22') + kGet,
	      "PROXY TCP4 198.51.100.9 10.0.0.1 1 99999\r\n" + kGet,
	      "PROXY UNKNOWN " + std::string(200, 'x') + "\r\n" + kGet}) {
		CAPTURE(input);
		CHECK(ask_in(owner, {input}) == Outcome{"", "", false, true, {}});
		CHECK(ask_in(owner, {input.substr(0, 1), input.substr(1)}) ==
		      Outcome{"", "", false, true, {}});
		errors += 2;
		CHECK(world.stats[KH_STAT_proxy_errors] == errors);
	}
	CHECK(world.held[KH_HELD_heads] == 0);
	// It comes once.
	CHECK(ask_in(owner, {kLine + kLine + kGet}).received.starts_with("HTTP/1.1 400 "));
	CHECK(ask_in(owner, {kLine + kGet + kLine}).received.find("HTTP/1.1 400 ") !=
	      std::string::npos);
}

TEST_CASE("proxies: a client with TLS gets what the site has, others the way to https")
{
	TextConfig owner(kFrom + "[site x]\nredirect = /* https://x/* 301\n");
	const std::string alpn = addition('\x01', "http/1.1"), none;
	auto statuses = [&owner](const std::vector<std::string> &pieces) {
		const std::string all = ask_in(owner, pieces).received;
		std::string found;

		for (size_t at = all.find("HTTP/1.1 "); at != all.npos;
		     at = all.find("HTTP/1.1 ", at + 1))
			found += all.substr(at + 9, 3) + " ";
		return found;
	};

	for (const std::string &more :
	     {tls(1), alpn + tls(1), tls('\xff') + alpn, tls(3) + tls(0)}) {
		const std::string input = told_with(more) + kGet + kGet;

		CHECK(statuses({input}) == "200 200 ");
		for (size_t cut = 1; cut < input.size(); cut++)
			CHECK(statuses({input.substr(0, cut), input.substr(cut)}) == "200 200 ");
	}
	for (const std::string &more : {none, alpn, tls(0), tls(2), addition('\x21', tls(1)),
					addition('\x04', tls(1)) + alpn})
		CHECK(statuses({told_with(more) + kGet}) == "301 ");
	CHECK(statuses({told_with(tls(1), '\x20') + kGet}) == "301 ");
	CHECK(statuses({kLine + kGet}) == "301 ");
}

TEST_CASE("proxies: additions that do not end with the header are an error")
{
	TextConfig owner(kFrom);
	const std::string good = tls(1) + addition('\x04', "xyz");
	u64 errors = world.stats[KH_STAT_proxy_errors];

	for (const std::string &more :
	     {good.substr(0, good.size() - 1), good + '\4', good + std::string("\4\0", 2),
	      addition('\x20', std::string(4, '\1')), addition('\x20', ""),
	      std::string(300, 'x')}) {
		CAPTURE(more);
		CHECK(ask_in(owner, {told_with(more) + kGet}) ==
		      Outcome{"", kTold, false, true, {}});
		CHECK(world.stats[KH_STAT_proxy_errors] == ++errors);
		// What it says for itself is of no importance.
		CHECK(ask_in(owner, {told_with(more, '\x20') + kGet})
			      .received.starts_with("HTTP/1.1 200 "));
	}
	CHECK(world.stats[KH_STAT_proxy_errors] == errors);
}

TEST_CASE("proxies: from others no header is taken")
{
	TextConfig others("proxy_protocol = 192.0.2.8 198.51.100.0/24 ::/0\naccess_log = 1\n");
	TextConfig none("access_log = 1\n");

	for (const TextConfig *owner : {&others, &none}) {
		for (const std::string &header : {kLine, kUnknown, binary(), binary(0, '\x20')}) {
			const Outcome out = ask_in(*owner, {header + kGet});

			CHECK(out.received.starts_with("HTTP/1.1 400 "));
			CHECK(out.client.empty());
			CHECK(!out.open);
			CHECK(out.logged == std::vector<std::string>{peer_address()});
		}
		CHECK(ask_in(*owner, {kGet}).received.starts_with("HTTP/1.1 200 "));
	}
}

TEST_CASE("proxies: the client's address decides who is answered, and is refused by itself")
{
	TextConfig owner(kFrom + "allow = 198.51.100.0/24\ndeny = all\n");

	CHECK(ask_in(owner, {kLine + kGet}).received.starts_with("HTTP/1.1 200 "));
	CHECK(ask_in(owner, {kUnknown + kGet}).received.starts_with("HTTP/1.1 403 "));
	world.refuses_clients = true;
	CHECK(ask_in(owner, {kLine + kGet}) == Outcome{"", "", false, true, {}});
	CHECK(ask_in(owner, {kUnknown + kGet}).received.starts_with("HTTP/1.1 403 "));
	world.refuses_clients = false;
}

TEST_CASE("proxies: the header and the first head have one time together")
{
	TextConfig owner(kFrom + "header_timeout = 7\n");
	const u64 before = world.stats[KH_STAT_timeouts_header];
	const unsigned long begin = world.ticks;

	for (const std::string &sent :
	     {std::string(), kLine.substr(0, 9), kLine, binary(300).substr(0, 100)}) {
		world.ticks = begin;
		Client client(owner.config);

		world.ticks += 3000;
		client.send(sent);
		CHECK(client.deadline() == begin + 7000);
		CHECK(client.idle());
		client.expire();
		CHECK(!client.open);
		CHECK(!client.aborted);
		CHECK(client.received.empty());
	}
	CHECK(world.stats[KH_STAT_timeouts_header] == before + 4);
	world.ticks = begin;
	Client client(owner.config);
	client.send(kLine + "GET");
	CHECK(client.deadline() == begin + 7000);
	CHECK(!client.idle());
	client.expire();
	CHECK(client.received.starts_with("HTTP/1.1 408 "));
	CHECK(world.held[KH_HELD_heads] == 0);
}

TEST_CASE("proxies: without memory a header that is incomplete waits, beyond the bound it ends")
{
	TextConfig owner(kFrom);
	Client client(owner.config);

	world.allocations_left = 0;
	client.send(kLine.substr(0, 9));
	CHECK(client.starved == 1);
	client.send(kLine.substr(9) + kGet);
	CHECK(client.received.starts_with("HTTP/1.1 200 "));
	CHECK(client.client() == kTold);
	world.allocations_left = -1;

	const u64 limit = world.held_limit;
	world.held_limit = 0;
	CHECK(ask_in(owner, {kLine + kGet}).received.starts_with("HTTP/1.1 200 "));
	CHECK(ask_in(owner, {kLine.substr(0, 9)}).aborted);
	world.held_limit = limit;
}

TEST_CASE("proxies: what is refused of the setting")
{
	auto refused = [](const std::string &text) { return TextConfig(text).mistakes; };
	const std::string whole = "applies to the whole server: write it before the first section";

	CHECK(refused("proxy_protocol = 192.0.2.0/24\nproxy_protocol = all\n").empty());
	CHECK(refused("proxy_protocol = 192.0.2.1/24\n") ==
	      "1: proxy_protocol: 192.0.2.1/24 is not an address, ADDRESS/BITS with all other "
	      "bits zero, or all");
	CHECK(refused("[site x]\nproxy_protocol = all\n") == "2: proxy_protocol " + whole);
	CHECK(refused("[location /x/]\nproxy_protocol = all\n") == "2: proxy_protocol " + whole);
	std::string many;
	for (int i = 0; i < 128; i++)
		many += "proxy_protocol = ::" + std::to_string(i) + "\n";
	CHECK(refused(many).empty());
	CHECK(refused(many + "proxy_protocol = ::1\n") ==
	      "129: proxy_protocol: the entries of a section are more than 128");
}

} // namespace khttpd
