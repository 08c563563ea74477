// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What is recorded of each reply, and the lines made of records.
#include <filesystem>
#include <fstream>

#include "kapi_model.h"
#include "support.h"

namespace khttpd {

namespace {

std::map<kh_param_id, std::string> logged(std::map<kh_param_id, std::string> settings)
{
	settings[KH_PARAM_access_log] = "1";
	return settings;
}

using khttpd_model::LogEntry;

// A server with a log, and the entries that a client's bytes lead to.
class LoggedServer {
public:
	explicit LoggedServer(const std::map<kh_param_id, std::string> &settings)
		: config_(khttpd_model::make_config(logged(settings)))
	{
		REQUIRE(config_);
	}
	~LoggedServer()
	{
		khttpd_model::cache_clear();
		khttpd_config_destroy(config_);
	}
	std::vector<LogEntry> entries(const std::vector<std::string> &pieces, bool expire = false)
	{
		kh_log log;
		khttpd_model::Client client(config_, &log);

		for (const std::string &piece : pieces)
			client.send(piece);
		if (expire)
			client.expire();
		received = client.received;
		return log.entries;
	}
	LogEntry entry(const std::string &input)
	{
		const std::vector<LogEntry> all = entries({input});

		REQUIRE(all.size() == 1);
		return all[0];
	}

	std::string received;

private:
	khttpd_config *config_;
};

LogEntry log_entry(unsigned status, u64 content, unsigned version,
		   std::optional<std::string> method = {}, std::optional<std::string> target = {},
		   std::optional<std::string> referer = {}, std::optional<std::string> agent = {})
{
	return {world.unix_seconds,
		content,
		status,
		version,
		std::string(world.address, world.address + sizeof(world.address)),
		{method, target, referer, agent}};
}

std::string log_line(unsigned status, u64 content, unsigned version, const std::string &host,
		     const std::vector<std::optional<std::string>> &parts, u8 cut = 0)
{
	std::vector<u64> memory(KH_LOG_RECORD_BYTES / 8 + 1);
	auto *record = new (memory.data()) kh_log_record{};
	u8 *text = record->text;
	char out[KH_LOG_LINE_BYTES];

	record->second = 1700000000;
	record->content = content;
	record->status = static_cast<u16>(status);
	record->version = static_cast<u8>(version);
	record->cut = cut;
	for (size_t i = 0; i < KH_LOG_PARTS; i++) {
		if (!parts[i])
			continue;
		record->known = static_cast<u8>(record->known | 1 << i);
		record->size[i] = static_cast<u16>(parts[i]->size());
		memcpy(text, parts[i]->data(), parts[i]->size());
		text += parts[i]->size();
	}
	size_t size = khttpd_log_line(record, host.c_str(), out, sizeof(out));
	return {out, size};
}

const std::string kLogHead = "GET /a?b=c HTTP/1.1\r\nHost: x\r\nReferer: http://y/\r\n"
			     "User-Agent: agent 1\r\n\r\n";

} // namespace

TEST_CASE("access log: a request is recorded with what it said")
{
	LoggedServer server({});

	CHECK(server.entry(kLogHead) ==
	      log_entry(404, 14, 11, "GET", "/a?b=c", "http://y/", "agent 1"));
	CHECK(server.entry("GET / HTTP/1.1\r\nHost: x\r\n\r\n") ==
	      log_entry(200, 13, 11, "GET", "/"));
	CHECK(server.entry("HEAD / HTTP/1.0\r\nUser-Agent:\r\n\r\n") ==
	      log_entry(200, 0, 10, "HEAD", "/", {}, ""));
	CHECK(server.entry("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n") ==
	      log_entry(204, 0, 11, "OPTIONS", "*"));
	CHECK(server.entry("POST http://x/ HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab") ==
	      log_entry(405, 23, 11, "POST", "http://x/"));
}

TEST_CASE("access log: what was refused is recorded as far as it is known")
{
	LoggedServer server({{KH_PARAM_max_target_size, "64"}, {KH_PARAM_max_body_size, "5"}});
	const std::string fields = "Host: x\r\nReferer: r\r\n";

	CHECK(server.entry("\x16\x03\x01\x02") == log_entry(400, 16, 0));
	CHECK(server.entry("GET /" + std::string(64, 'a')) == log_entry(414, 17, 0, "GET"));
	CHECK(server.entry("GET / HTTP/2.0\r\n") == log_entry(505, 31, 0, "GET", "/"));
	CHECK(server.entry("GET / HTTP/1.1\r\n" + fields + "a b\r\n\r\n") ==
	      log_entry(400, 16, 11, "GET", "/", "r"));
	CHECK(server.entry("GET / HTTP/1.1\r\n\r\n") == log_entry(400, 16, 11, "GET", "/"));
	CHECK(server.entry("PUT / HTTP/1.1\r\n" + fields + "Content-Length: 6\r\n\r\n") ==
	      log_entry(413, 22, 11, "PUT", "/", "r"));
	CHECK(server.entry("PUT / HTTP/1.1\r\n" + fields +
			   "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n") ==
	      log_entry(405, 23, 11, "PUT", "/", "r"));
	CHECK(server.entry("PUT / HTTP/1.1\r\n" + fields + "Transfer-Encoding: chunked\r\n\r\nx") ==
	      log_entry(400, 16, 11, "PUT", "/", "r"));
	CHECK(server.entry("PUT / HTTP/1.1\r\n" + fields +
			   "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n") ==
	      log_entry(413, 22, 11, "PUT", "/", "r"));
	CHECK(server.entry("HEAD /x HTTP/1.1\r\n\r\n") == log_entry(400, 0, 11, "HEAD", "/x"));
}

TEST_CASE("access log: time-outs; what nothing was answered to is not recorded")
{
	LoggedServer server({});

	CHECK(server.entries({}, true).empty());
	CHECK(server.entries({"GET / HTTP/1.1\r\nUser-Agent: u\r\nHo"}, true) ==
	      std::vector{log_entry(408, 20, 11, "GET", "/", {}, "u")});
	CHECK(server.entries({"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab"}, true) ==
	      std::vector{log_entry(408, 20, 11, "PUT", "/")});
	CHECK(server.entries({"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
			      "Content-Length: 2\r\n\r\n"})
		      .empty());
	CHECK(server.received.find(" 100 ") != std::string::npos);
}

TEST_CASE("access log: every split of a pipeline gives the same records")
{
	LoggedServer server({});
	const std::string pipeline =
		kLogHead + "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + kLogHead +
		"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: \"\\\r\n\r\nGET bad HTTP/1.1\r\n\r\n";
	const std::vector<LogEntry> whole = server.entries({pipeline});

	REQUIRE(whole.size() == 5);
	CHECK(whole[3].parts[KH_LOG_AGENT] == "\"\\");
	CHECK(whole[4] == log_entry(400, 16, 0, "GET", "bad"));
	for (size_t cut = 1; cut < pipeline.size(); cut++)
		CHECK(server.entries({pipeline.substr(0, cut), pipeline.substr(cut)}) == whole);
}

TEST_CASE("access log: the content of files")
{
	char name[] = "/tmp/khttpd-unit-XXXXXX";
	REQUIRE(mkdtemp(name));
	const std::filesystem::path site = name;
	std::ofstream(site / "big") << std::string(5000, 'x');
	std::ofstream(site / "small") << "small";
	std::filesystem::create_directory(site / "dir");
	for (const char *file : {"big", "small"}) {
		struct timespec times[2] = {{1600000000, 0}, {1600000000, 0}};
		utimensat(AT_FDCWD, (site / file).c_str(), times, 0);
	}
	for (const char *cache : {"0", "1000"}) {
		LoggedServer server({{KH_PARAM_docroot, site}, {KH_PARAM_cache_max_file, cache}});
		auto get = [&](const std::string &path, const std::string &fields,
			       const std::string &method = "GET") {
			LogEntry entry = server.entry(method + " " + path +
						      " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
			const size_t end = server.received.find("\r\n\r\n") + 4;

			CHECK(entry.parts[KH_LOG_TARGET] == path);
			CHECK(server.received.substr(9, 3) == std::to_string(entry.status));
			CHECK(server.received.size() - end == entry.content);
			return entry.status;
		};

		for (int round = 0; round < 2; round++) {
			CHECK(get("/big", "") == 200);
			CHECK(get("/small", "") == 200);
			CHECK(get("/big", "", "HEAD") == 200);
		}
		CHECK(get("/big", "Range: bytes=10-12\r\n") == 206);
		CHECK(get("/big", "Range: bytes=0-1,8-9\r\n") == 206);
		CHECK(get("/big", "Range: bytes=5000-\r\n") == 416);
		CHECK(get("/big", "If-None-Match: *\r\n") == 304);
		CHECK(get("/big", "If-Match: \"no\"\r\n") == 412);
		CHECK(get("/none", "") == 404);
		CHECK(get("/dir", "") == 301);
		khttpd_model::world.allocations_left = 1;
		CHECK(get("/none", "") == 503);
		khttpd_model::world.allocations_left = -1;
	}
	std::filesystem::remove_all(site);
}

TEST_CASE("access log: a line of the Combined Log Format")
{
	CHECK(log_line(200, 13, 11, "192.0.2.1", {"GET", "/a?b", "http://r/", "ua 1.0"}) ==
	      "192.0.2.1 - - [14/Nov/2023:22:13:20 +0000] \"GET /a?b HTTP/1.1\" 200 13 "
	      "\"http://r/\" \"ua 1.0\"\n");
	CHECK(log_line(304, 0, 10, "2001:db8::1", {"HEAD", "/", {}, {}}) ==
	      "2001:db8::1 - - [14/Nov/2023:22:13:20 +0000] \"HEAD / HTTP/1.0\" 304 - "
	      "\"-\" \"-\"\n");
	CHECK(log_line(400, 16, 0, "::1", {{}, {}, {}, {}}) ==
	      "::1 - - [14/Nov/2023:22:13:20 +0000] \"-\" 400 16 \"-\" \"-\"\n");
	CHECK(log_line(414, 17, 0, "::1", {"GET", {}, {}, ""}) ==
	      "::1 - - [14/Nov/2023:22:13:20 +0000] \"GET\" 414 17 \"-\" \"\"\n");
	CHECK(log_line(200, 18446744073709551615u, 11, "::1", {"GET", "/long", "r", "a"},
		       1 << KH_LOG_TARGET | 1 << KH_LOG_AGENT) ==
	      "::1 - - [14/Nov/2023:22:13:20 +0000] \"GET /long... HTTP/1.1\" 200 "
	      "18446744073709551615 \"r\" \"a...\"\n");
}

TEST_CASE("access log: what a client sent cannot end its field, nor its line")
{
	std::string all;

	for (int c = 0; c < 256; c++)
		all += static_cast<char>(c);
	const std::string line = log_line(200, 1, 11, "::1", {"GET", "/", all, "x\"\\\ty\x1b[2J"});
	const std::string expected =
		"\\x00\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\b\\t\\n\\v\\x0c\\r\\x0e\\x0f\\x10\\x11"
		"\\x12\\x13\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f !\\\"#$%&'";

	CHECK(line.find(" 1 \"" + expected) != std::string::npos);
	CHECK(line.find("[\\\\]^_`") != std::string::npos);
	CHECK(line.find("|}~\\x7f\\x80\\x81") != std::string::npos);
	CHECK(line.find("\\xfe\\xff\" \"x\\\"\\\\\\ty\\x1b[2J\"\n") != std::string::npos);
	CHECK(line.find('\n') == line.size() - 1);
	for (char c : line.substr(0, line.size() - 1))
		CHECK((c >= ' ' && c < 0x7f));
}

TEST_CASE("access log: the longest line fits")
{
	const std::string line = log_line(
		200, 18446744073709551615u, 11, "1111:2222:3333:4444:5555:6666:7777:8888",
		{std::string(KH_LOG_METHOD_BYTES, '\xff'), std::string(KH_LOG_TARGET_BYTES, '\xff'),
		 std::string(KH_LOG_REFERER_BYTES, '\xff'),
		 std::string(KH_LOG_AGENT_BYTES, '\xff')},
		15);

	CHECK(line.size() < KH_LOG_LINE_BYTES);
	CHECK(line.substr(line.size() - 9) == "\\xff...\"\n");
}

} // namespace khttpd
