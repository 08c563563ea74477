// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Configuration, connections and files, with the kernel side as a model.
#include "server_support.h"

namespace khttpd {

TEST_CASE("configuration: defaults")
{
	ConfigOwner owner({});
	const kh_settings *settings = khttpd_config_settings(owner.config);
	char value[64];

	CHECK(settings->port == 8081);
	CHECK(settings->inline_ == 1);
	CHECK(std::string(settings->bind.data) == "*");
	CHECK(khttpd_config_print(owner.config, KH_PARAM_port, false, value, sizeof(value)) == 4);
	CHECK(std::string(value) == "8081");
	CHECK(khttpd_config_print(owner.config, KH_PARAM_body, false, value, 3) < 0);
}

TEST_CASE("configuration: what is refused is named, with its range")
{
	CHECK(refusal(KH_PARAM_port, "0") == "34 port=0 is out of range: 1..65535");
	CHECK(refusal(KH_PARAM_port, "65536") == "34 port=65536 is out of range: 1..65535");
	CHECK(refusal(KH_PARAM_port, std::string(400, 'x')) ==
	      "22 port=" + std::string(64, 'x') + "... is not a number: 1..65535");
	CHECK(refusal(KH_PARAM_body, std::string(2049, 'x')) ==
	      "34 body: a text of 2049 bytes is out of range: 0..2048 bytes");
	CHECK(refusal(KH_PARAM_docroot, "/x/" + std::string(200, 'x')) ==
	      "2 docroot=/x/" + std::string(61, 'x') + "...: no such directory");
	CHECK(refusal(KH_PARAM_port, "1\n2") == "22 port=1?2 is not a number: 1..65535");
	CHECK(refusal(KH_PARAM_port, "x") == "22 port=x is not a number: 1..65535");
	CHECK(refusal(KH_PARAM_port, "") == "22 port= is not a number: 1..65535");
	CHECK(refusal(KH_PARAM_port, "-1").substr(0, 3) == "22 ");
	CHECK(refusal(KH_PARAM_port, "99999999999999999999999").substr(0, 3) == "22 ");
	CHECK(refusal(KH_PARAM_inline, "maybe") == "22 inline=maybe is neither 0 nor 1");
	CHECK(refusal(KH_PARAM_docroot, "relative") == "22 docroot=relative does not begin with /");
	CHECK(refusal(KH_PARAM_docroot, "/does/not/exist").substr(0, 2) == "2 ");
	CHECK(refusal(KH_PARAM_body, std::string(2049, 'x')).substr(0, 3) == "34 ");
	CHECK(refusal(KH_PARAM_cache_control, "a\r\nSet-Cookie: b") ==
	      "22 cache_control: a text of 16 bytes has a control character: 0..255 bytes");
	CHECK(refusal(KH_PARAM_max_target_size, "20000").find("max_header_size") !=
	      std::string::npos);
	CHECK(refusal(KH_PARAM_cache_size, "1023") ==
	      "22 cache_max_file=1024 is larger than cache_size=1023");
	CHECK(refusal(KH_PARAM_cache_size, "1024").empty());
	CHECK(refusal(KH_PARAM_cache_size, "0").empty());
	CHECK(refusal(KH_PARAM_port, "65535").empty());
}

TEST_CASE("corpus: configurations")
{
	const auto cases = load_corpus("config");

	CHECK(cases.size() > 15);
	for (const CorpusCase &entry : cases) {
		std::string error;
		khttpd_config *config =
			make_config(khttpd_model::settings_of_lines(entry.input), &error);

		CAPTURE(entry.title());
		CAPTURE(error);
		CHECK((config ? "ok\n" : "refused " + error.substr(0, error.find(' ')) + "\n") ==
		      entry.expected());
		khttpd_config_destroy(config);
	}
}

TEST_CASE("corpus: replies")
{
	const auto cases = load_corpus("reply");
	ConfigOwner owner({});

	CHECK(cases.size() > 10);
	for (const CorpusCase &entry : cases) {
		Client client(owner.config);
		std::string events;

		client.send(entry.input);
		for (size_t at = 0;
		     (at = client.received.find("HTTP/1.1 ", at)) != std::string::npos; at++) {
			const std::string head = client.received.substr(
				at, client.received.find("\r\n\r\n", at) - at);
			const size_t allow = head.find("\r\nAllow: ");

			events += head.substr(9, 3);
			if (allow != std::string::npos)
				events += " allow " +
					  head.substr(allow + 9,
						      head.find("\r\n", allow + 2) - allow - 9);
			events += head.find("\r\nConnection: close") != std::string::npos ?
					  " close\n" :
					  "\n";
		}
		CAPTURE(entry.title());
		CHECK(events == entry.expected());
	}
}

TEST_CASE("configuration: without memory nothing is left behind")
{
	const long before = world.blocks;

	world.allocations_left = 0;
	CHECK(refusal(KH_PARAM_port, "80") == "12 out of memory");
	world.allocations_left = -1;
	CHECK(world.blocks == before);
}

TEST_CASE("connection: the built-in page")
{
	ConfigOwner owner({{KH_PARAM_body, "a\\nb\\\\c"}});
	Client client(owner.config);

	CHECK(client.send(kGet));
	CHECK(client.received == "HTTP/1.1 200 OK\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
				 "Server: khttpd\r\nETag: \"b0fefeccdef2afc5\"\r\n"
				 "Content-Type: text/plain; charset=utf-8\r\n"
				 "Content-Length: 5\r\n\r\na\nb\\c");
	CHECK(client.idle());
}

TEST_CASE("connection: conditions of the built-in page")
{
	ConfigOwner owner({{KH_PARAM_body, "abc"}});
	ConfigOwner other({{KH_PARAM_body, "abd"}});
	const std::string date = "Tue, 14 Nov 2023 22:13:19 GMT";
	const std::string tag = "\"e71fa2190541574b\"";
	const auto status = [](const ConfigOwner &config, const std::string &fields,
			       const std::string &path = "/") {
		Client client(config.config);

		client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + kGet);
		CHECK(count(client.received, "HTTP/1.1 ") == 2);
		return std::stoi(client.received.substr(9, 3));
	};

	world.unix_seconds += 100;
	CHECK(status(owner, "If-None-Match: " + tag + "\r\n") == 304);
	CHECK(status(owner, "If-None-Match: *\r\n") == 304);
	CHECK(status(other, "If-None-Match: " + tag + "\r\n") == 200);
	CHECK(status(owner, "If-Match: " + tag + "\r\n") == 200);
	CHECK(status(other, "If-Match: " + tag + "\r\n") == 412);
	// RFC 9110 sections 13.1.3 and 13.1.4: without a modification date these are ignored.
	CHECK(status(owner, "If-Modified-Since: " + date + "\r\n") == 200);
	CHECK(status(owner, "If-Unmodified-Since: " + date + "\r\n") == 200);
	CHECK(status(owner, "Range: bytes=0-0\r\n") == 200);
	CHECK(status(owner, "If-Match: \"x\"\r\n", "/none") == 404);

	Client client(owner.config);
	client.send("GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + tag + "\r\n\r\n");
	CHECK(client.received == "HTTP/1.1 304 Not Modified\r\n"
				 "Date: Tue, 14 Nov 2023 22:15:00 GMT\r\nServer: khttpd\r\nETag: " +
					 tag + "\r\n\r\n");
	world.unix_seconds -= 100;
}

TEST_CASE("connection: the built-in page by all names of its path")
{
	ConfigOwner owner({{KH_PARAM_max_target_size, "9000"}});
	struct {
		std::string target;
		const char *status;
	} const cases[] = {
		{"/", " 200 "},
		{"//", " 200 "},
		{"/?query", " 200 "},
		{"/%2e/", " 200 "},
		{"/aaaaaaaaaaaa/../", " 200 "},
		{"/aaaa/bbbb/../..", " 200 "},
		{"http://x", " 200 "},
		{"/%zzzzzzzzzzzz", " 400 "},
		{"/aaaaaaaaaaaa/%z", " 400 "},
		{"/aaaaaaaaaaaa", " 404 "},
		{"/../", " 404 "},
		{"/" + std::string(8000, 'a'), " 404 "},
	};

	for (const auto &entry : cases) {
		Client client(owner.config);

		CAPTURE(entry.target);
		CHECK(client.send("GET " + entry.target + " HTTP/1.1\r\nHost: x\r\n\r\n"));
		CHECK(count(client.received, entry.status) == 1);
	}
}

TEST_CASE("connection: every split of a pipeline gives the same replies")
{
	const std::string pipeline =
		kGet + "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n" +
		"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" +
		"PUT / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
		"chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" +
		"GET /nothing HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" +
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n" + "PATCH / HTTP/1.1\r\nHost: x\r\n\r\n" +
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\n";
	ConfigOwner owner({});
	Client whole(owner.config);

	CHECK(!whole.send(pipeline));
	CHECK(count(whole.received, "HTTP/1.1 ") == 8);
	CHECK(count(whole.received, " 405 ") == 3);
	CHECK(count(whole.received, "Connection: close") == 1);
	for (size_t cut = 1; cut < pipeline.size(); cut++) {
		Client client(owner.config);

		client.send(pipeline.substr(0, cut));
		if (client.open)
			client.send(pipeline.substr(cut));
		CHECK(client.received == whole.received);
	}
	Client bytes(owner.config);
	for (char c : pipeline)
		bytes.send(std::string(1, c));
	CHECK(bytes.received == whole.received);
}

TEST_CASE("connection: a long pipeline is answered in full")
{
	ConfigOwner owner({});
	Client client(owner.config);
	std::string pipeline;

	for (int i = 0; i < 1000; i++)
		pipeline += kGet;
	CHECK(client.send(pipeline));
	CHECK(count(client.received, "200 OK") == 1000);
	CHECK(client.requests == 1000);
}

TEST_CASE("connection: limits")
{
	ConfigOwner owner({{KH_PARAM_max_requests, "2"},
			   {KH_PARAM_max_body_size, "10"},
			   {KH_PARAM_max_header_size, "600"},
			   {KH_PARAM_max_target_size, "100"}});
	Client requests(owner.config);
	CHECK(!requests.send(kGet + kGet + kGet));
	CHECK(count(requests.received, "200 OK") == 2);
	CHECK(count(requests.received, "Connection: close") == 1);

	for (const char *framing : {"Content-Length: 11", "Transfer-Encoding: chunked"}) {
		Client body(owner.config);
		CHECK(!body.send(std::string("GET / HTTP/1.1\r\nHost: x\r\n") + framing +
				 "\r\n\r\nb\r\nhello world\r\n"));
		CHECK(count(body.received, " 413 ") == 1);
	}
	Client head(owner.config);
	CHECK(!head.send("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(700, 'a')));
	CHECK(count(head.received, " 431 ") == 1);
	Client target(owner.config);
	CHECK(!target.send("GET /" + std::string(100, 'a')));
	CHECK(count(target.received, " 414 ") == 1);
}

TEST_CASE("connection: 100 (Continue) only where the body is wanted and held back")
{
	ConfigOwner owner({{KH_PARAM_max_body_size, "10"}});
	const std::string head = " / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
				 "Content-Length: 3\r\n\r\n";
	Client waits(owner.config);
	CHECK(waits.send("GET" + head));
	CHECK(waits.received == "HTTP/1.1 100 Continue\r\n\r\n");
	CHECK(waits.send("abc"));
	CHECK(count(waits.received, "200 OK") == 1);

	Client hasty(owner.config);
	CHECK(hasty.send("GET" + head + "abc"));
	CHECK(count(hasty.received, "100 Continue") == 0);
	CHECK(count(hasty.received, "200 OK") == 1);

	Client refused(owner.config);
	CHECK(!refused.send("POST" + head));
	CHECK(count(refused.received, " 405 ") == 1);
	CHECK(count(refused.received, "Allow: ") == 1);
}

TEST_CASE("connection: time-outs")
{
	ConfigOwner owner({{KH_PARAM_header_timeout, "7"},
			   {KH_PARAM_body_timeout, "9"},
			   {KH_PARAM_keepalive_timeout, "50"}});
	const unsigned long start = world.ticks;
	Client silent(owner.config);
	CHECK(silent.deadline() == start + 7000);
	silent.expire();
	CHECK(!silent.open);
	CHECK(silent.received.empty());

	world.ticks = start;
	Client slow(owner.config);
	for (int i = 1; i < 7; i++) {
		world.ticks = start + static_cast<unsigned long>(i) * 1000;
		CHECK(slow.send(i == 1 ? "G" : i == 2 ? "E" : i == 3 ? "T" : " "));
		if (i == 4)
			break;
		CHECK(slow.deadline() == start + 7000);
	}
	slow.expire();
	CHECK(count(slow.received, " 408 ") == 1);

	world.ticks = start;
	Client idle(owner.config);
	idle.send(kGet);
	CHECK(idle.deadline() == start + 50000);
	world.ticks = start + 20000;
	idle.send("GET / HT");
	CHECK(idle.deadline() == start + 27000);
	world.ticks = start + 22000;
	idle.send("TP/1.1\r\n");
	CHECK(idle.deadline() == start + 27000);
	idle.send("Host: x\r\nContent-Length: 5\r\n\r\n");
	CHECK(idle.deadline() == start + 31000);
	idle.expire();
	CHECK(count(idle.received, " 408 ") == 1);
	world.ticks = start;
}

TEST_CASE("files: whole, by range, by condition, by coding")
{
	Site site;
	std::string big(300000, 'x');

	for (size_t i = 0; i < big.size(); i++)
		big[i] = static_cast<char>('a' + i % 23);
	site.write("index.html", "<p>index");
	site.write("big.bin", big);
	site.write("style.css", "body{}");
	site.write("style.css.gz", "gzipped");
	site.write("sub/index.html", "sub");
	site.write(".secret", "no");
	for (const char *cache : {"0", "1000"}) {
		ConfigOwner owner({{KH_PARAM_docroot, site.path},
				   {KH_PARAM_cache_size, cache},
				   {KH_PARAM_cache_max_file, "100"}});
		auto get = [&](const std::string &path, const std::string &fields) {
			Client client(owner.config);
			client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
			CHECK(client.open);
			return client.received;
		};

		for (int round = 0; round < 2; round++) {
			CHECK(get("/", "").find("\r\n\r\n<p>index") != std::string::npos);
			CHECK(get("/big.bin", "").find("\r\n\r\n" + big) != std::string::npos);
			CHECK(get("/nope", "").find(" 404 ") != std::string::npos);
			CHECK(get("/.secret", "").find(" 404 ") != std::string::npos);
			CHECK(get("/sub?q", "").find("Location: /sub/?q\r\n") != std::string::npos);
			const std::string gzip = get("/style.css", "Accept-Encoding: gzip\r\n");
			CHECK(gzip.find("Content-Encoding: gzip\r\n") != std::string::npos);
			CHECK(gzip.find("Vary: Accept-Encoding\r\n") != std::string::npos);
			CHECK(gzip.find("Content-Type: text/css") != std::string::npos);
			CHECK(gzip.find("\r\n\r\ngzipped") != std::string::npos);
			CHECK(get("/style.css", "").find("\r\n\r\nbody{}") != std::string::npos);
		}
		std::string range = get("/big.bin", "Range: bytes=10-12\r\n");
		CHECK(range.find(" 206 ") != std::string::npos);
		CHECK(range.find("Content-Range: bytes 10-12/300000\r\n") != std::string::npos);
		CHECK(range.substr(range.find("\r\n\r\n") + 4) == big.substr(10, 3));
		range = get("/big.bin", "Range: bytes=300000-\r\n");
		CHECK(range.find(" 416 ") != std::string::npos);
		CHECK(range.find("Content-Range: bytes */300000\r\n") != std::string::npos);
		for (const char *path : {"/big.bin", "/style.css"}) {
			range = get(path, "Range: bytes=0-1,4-5\r\n");
			CHECK(count(range, "Content-Range: bytes ") == 2);
			size_t end = range.find("\r\n\r\n") + 4;
			size_t at = range.find("Content-Length: ") + 16;
			CHECK(std::stoul(range.substr(at)) == range.size() - end);
		}
		CHECK(get("/big.bin", "If-None-Match: *\r\n").find(" 304 ") != std::string::npos);
		CHECK(get("/big.bin", "If-Match: \"no\"\r\n").find(" 412 ") != std::string::npos);
	}
}

TEST_CASE("files: a change is seen within a second")
{
	Site site;
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	auto get = [&]() {
		Client client(owner.config);
		client.send("GET /f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
		return client.received;
	};

	site.write("f", "one");
	CHECK(get().find("\r\n\r\none") != std::string::npos);
	CHECK(world.cache.size() == 1);
	site.write("f", "second");
	world.ticks += 1000;
	CHECK(get().find("\r\n\r\nsecond") != std::string::npos);
	std::filesystem::remove(site.path / "f");
	world.ticks += 1000;
	CHECK(get().find(" 404 ") != std::string::npos);
	CHECK(world.cache.empty());
}

TEST_CASE("files: every allocation may fail")
{
	Site site;
	site.write("f", "content");
	// The head of an entry has memory of its own when it is long.
	const std::string control(255, 'c');
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_control, control}});

	for (long n = 0; n < 12; n++) {
		const long before = world.blocks;
		{
			Client client(owner.config);
			world.allocations_left = n;
			client.send("GET /f HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
			world.allocations_left = -1;
			CHECK((client.aborted || count(client.received, " 503 ") ||
			       count(client.received, "\r\n\r\ncontent")));
		}
		khttpd_model::cache_clear();
		CHECK(world.blocks == before);
	}
}

} // namespace khttpd
