// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Replies as the server really makes them, read by another's parser and held against the files.
#include "http_listener.h"
#include "http/date.h"
#include "server_support.h"

#ifdef KH_HAVE_HTTP_PARSER
namespace khttpd {

namespace {

struct WireRequest {
	std::string method;
	std::string target;
	std::string fields;
	bool http_1_0;

	std::string text() const
	{
		return method + " " + target + (http_1_0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n") +
		       "Host: x\r\n" + fields + "\r\n";
	}
	bool has(const char *name) const { return fields.find(name) != std::string::npos; }
};

struct WireReply {
	int status = 0;
	Heard heard;
	bool closes = false;
	std::string head;

	std::string field(const std::string &name) const
	{
		for (const auto &[key, value] : heard.fields) {
			if (key == name)
				return value;
		}
		return "";
	}
	bool has(const std::string &name) const { return !field(name).empty(); }
};

// Takes one reply off the front of what was received.
WireReply next_reply(std::string &received, const WireRequest &request)
{
	http_parser_settings settings = listening_settings();
	http_parser parser;
	WireReply reply;

	// 1 says that this message has no content: only who asked knows that.
	settings.on_headers_complete = [](http_parser *) { return 0; };
	if (request.method == "HEAD")
		settings.on_headers_complete = [](http_parser *) { return 1; };
	settings.on_message_complete = [](http_parser *ended) {
		Heard::of(ended).complete = true;
		http_parser_pause(ended, 1);
		return 0;
	};
	http_parser_init(&parser, HTTP_RESPONSE);
	parser.data = &reply.heard;
	const size_t size =
		http_parser_execute(&parser, &settings, received.data(), received.size());
	const http_errno error = HTTP_PARSER_ERRNO(&parser);

	CHECK((error == HPE_PAUSED || error == HPE_OK));
	REQUIRE(reply.heard.complete);
	reply.status = parser.status_code;
	reply.closes = http_should_keep_alive(&parser) == 0;
	reply.head = received.substr(0, received.find("\r\n\r\n") + 4);
	received.erase(0, size);
	return reply;
}

// What a text says after `prefix`, up to `end`; it must begin with the one and have the other.
std::string take(std::string &text, const std::string &prefix, const std::string &end)
{
	REQUIRE(text.compare(0, prefix.size(), prefix) == 0);
	const size_t at = text.find(end, prefix.size());

	REQUIRE(at != std::string::npos);
	const std::string value = text.substr(prefix.size(), at - prefix.size());
	text.erase(0, at + end.size());
	return value;
}

// "FIRST-LAST/SIZE" and the bytes it names.
std::string named_range(std::string range, const std::string &file)
{
	const size_t first = std::stoul(take(range, "", "-"));
	const size_t last = std::stoul(take(range, "", "/"));

	CHECK(std::stoul(range) == file.size());
	REQUIRE(first <= last);
	REQUIRE(last < file.size());
	return file.substr(first, last - first + 1);
}

// RFC 9110 section 14.6 and RFC 2046 section 5.1.1, to the last byte.
void check_multipart(const WireReply &reply, const std::string &file)
{
	std::string type = reply.field("Content-Type");
	const std::string kind = "multipart/byteranges; boundary=";
	std::string text = reply.heard.body;
	size_t parts = 0;

	REQUIRE(type.compare(0, kind.size(), kind) == 0);
	const std::string delimiter = "\r\n--" + type.substr(kind.size());
	while (text.compare(0, delimiter.size() + 2, delimiter + "--") != 0) {
		take(text, delimiter + "\r\nContent-Type: ", "\r\n");
		const std::string range = take(text, "Content-Range: bytes ", "\r\n\r\n");
		const std::string part = named_range(range, file);

		CHECK(text.compare(0, part.size(), part) == 0);
		text.erase(0, part.size());
		parts++;
	}
	CHECK(parts > 1);
	CHECK(text == delimiter + "--\r\n");
	CHECK(!reply.has("Content-Range"));
}

class WireSite {
public:
	WireSite()
	{
		std::string big(70000, ' ');

		for (size_t i = 0; i < big.size(); i++)
			big[i] = static_cast<char>('a' + i * i % 23);
		add("/index.html", "<p>index");
		add("/big.bin", big);
		add("/style.css", "body { color: black }");
		add("/style.css.gz", "gzipped content");
		add("/empty.txt", "");
		add("/d/index.html", "index of d");
		add("/recent.txt", "of this second", static_cast<long>(world.unix_seconds));
		std::filesystem::create_directories(site.path / "bare");
	}
	std::string content(std::string path, const std::string &coding) const
	{
		path = path.substr(0, path.find('?'));
		if (path.back() == '/')
			path += "index.html";
		return files.at(path + (coding.empty() ? "" : ".gz"));
	}

	Site site;
	std::map<std::string, std::string> files;

private:
	void add(const std::string &path, const std::string &content, long seconds = 1600000000)
	{
		site.write(path.substr(1), content, seconds);
		files[path] = content;
	}
};

template <size_t N>
std::string one_of(Random &random, const char *const (&choices)[N])
{
	return choices[random.below(N)];
}

WireRequest random_request(Random &random)
{
	static const char *const methods[] = {"GET",  "GET",	 "GET",	   "GET", "HEAD",
					      "HEAD", "OPTIONS", "DELETE", "BREW"};
	static const char *const targets[] = {"/",	     "/big.bin",   "/style.css",
					      "/style.css",  "/empty.txt", "/d",
					      "/d/?q=%41",   "/d?q",	   "/none",
					      "/bare/",	     "/bare",	   "/recent.txt",
					      "/index.html", "/%zz",	   "/.hidden"};
	static const char *const fields[] = {"Range: bytes=0-4\r\n",
					     "Range: bytes=-3\r\n",
					     "Range: bytes=2-3,5-6,-1\r\n",
					     "Range: bytes=90000-\r\n",
					     "Range: bytes=5-2\r\n",
					     "If-Range: \"x\"\r\n",
					     "If-None-Match: *\r\n",
					     "If-Match: \"x\"\r\n",
					     "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT\r\n",
					     "If-Unmodified-Since: Sun Nov  6 08:49:37 1994\r\n",
					     "Accept-Encoding: gzip\r\n",
					     "Accept-Encoding: gzip;q=0, *\r\n",
					     "Connection: keep-alive\r\n",
					     "Connection: close\r\n"};
	WireRequest request = {one_of(random, methods), one_of(random, targets), "",
			       random.below(6) == 0};

	while (random.below(2) != 0)
		request.fields += one_of(random, fields);
	return request;
}

void check_form(const WireRequest &request, const WireReply &reply)
{
	std::map<std::string, int> seen;

	for (const auto &[name, value] : reply.heard.fields) {
		CHECK(seen[name]++ == 0);
		CHECK(!value.empty());
	}
	CHECK(reply.field("Date").size() == kHttpDateSize);
	CHECK(reply.field("Server") == "khttpd");
	const bool framed = reply.status != 204 && reply.status != 304;

	CHECK(reply.has("Content-Length") == framed);
	CHECK(reply.has("Content-Type") == framed);
	if (framed && request.method != "HEAD")
		CHECK(std::stoul(reply.field("Content-Length")) == reply.heard.body.size());
	else
		CHECK(reply.heard.body.empty());
}

void check_meaning(const WireSite &site, bool files, const WireRequest &request,
		   const WireReply &reply)
{
	const bool get = request.method == "GET";
	const std::string coding = reply.field("Content-Encoding");

	if (reply.status == 405 || reply.status == 204)
		CHECK(reply.field("Allow") == "GET, HEAD, OPTIONS");
	if (reply.status == 301)
		CHECK(reply.field("Location").substr(0, 1) == "/");
	if (reply.status == 200 || reply.status == 206 || reply.status == 304)
		CHECK(reply.has("ETag"));
	if (reply.status == 416)
		CHECK(reply.field("Content-Range").substr(0, 8) == "bytes */");
	if (!files)
		return;
	if (reply.status == 200 && get)
		CHECK(reply.heard.body == site.content(request.target, coding));
	if (reply.status != 206)
		return;
	REQUIRE(get);
	const std::string file = site.content(request.target, coding);

	if (!reply.has("Content-Range"))
		return check_multipart(reply, file);
	std::string range = reply.field("Content-Range");

	take(range, "bytes", " ");
	CHECK(reply.heard.body == named_range(range, file));
}

} // namespace

TEST_CASE("wire: whatever is asked, http-parser reads replies that are in order and true")
{
	const WireSite site;
	const std::string root = site.site.path;
	const ConfigOwner page({});
	const ConfigOwner uncached({{KH_PARAM_docroot, root}, {KH_PARAM_cache_size, "0"}});
	const ConfigOwner cached({{KH_PARAM_docroot, root},
				  {KH_PARAM_cache_control, "max-age=60"},
				  {KH_PARAM_charset, ""}});
	const ConfigOwner *const owners[] = {&page, &uncached, &cached};
	std::map<int, int> statuses;
	int multiparts = 0;
	Random random(22);

	for (int round = 0; round < 4000; round++) {
		const ConfigOwner *owner = owners[random.below(3)];
		std::vector<WireRequest> requests(1 + random.below(5));
		std::string text;

		for (WireRequest &request : requests) {
			request = random_request(random);
			text += request.text();
		}
		Client client(owner->config);
		client.send(text);
		std::string received = client.received;
		bool closed = false;

		CAPTURE(text);
		CAPTURE(received);
		for (const WireRequest &request : requests) {
			const WireReply reply = next_reply(received, request);

			check_form(request, reply);
			check_meaning(site, owner != &page, request, reply);
			statuses[reply.status]++;
			multiparts += reply.status == 206 && !reply.has("Content-Range");
			closed = reply.closes;
			if (closed)
				break;
		}
		CHECK(received.empty());
		CHECK(client.open != closed);
	}
	// All kinds came up.
	for (int status : {200, 204, 206, 301, 304, 400, 403, 404, 405, 412, 416, 501}) {
		CAPTURE(status);
		CHECK(statuses[status] > 10);
	}
	CHECK(multiparts > 10);
}

// RFC 9110 section 9.3.2
TEST_CASE("wire: HEAD gets the fields of GET")
{
	const WireSite site;
	const ConfigOwner page({});
	const ConfigOwner files({{KH_PARAM_docroot, site.site.path}});
	Random random(23);
	int compared = 0;

	while (compared < 1500) {
		const ConfigOwner &owner = random.below(4) == 0 ? page : files;
		WireRequest request = random_request(random);
		WireReply replies[2];

		// Range is defined for GET alone.
		if (request.has("Range: "))
			continue;
		for (WireReply &reply : replies) {
			Client client(owner.config);

			request.method = &reply == replies ? "GET" : "HEAD";
			client.send(request.text());
			reply = next_reply(client.received, request);
			CHECK(client.received.empty());
		}
		CAPTURE(request.text());
		CHECK(replies[0].head == replies[1].head);
		compared++;
	}
}

} // namespace khttpd
#endif
