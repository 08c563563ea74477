// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What a route can reply: statuses and their reasons, Retry-After, addresses, media types.
#include "server_support.h"

namespace khttpd {

TEST_CASE("routes: addresses and types that are refused")
{
	const std::string first = "22 routes: entry 1: ";

	for (const char *bad : {"b",
				"ftp://x/",
				"/a\"b",
				"/<a>",
				"/\xc3\xa9",
				"http:/x",
				"http://",
				"https:///x",
				"http://user@x/",
				"http://u:p@x/",
				"http://x:99999/",
				"http://[::1/",
				"http://a_b%2/",
				"//",
				"//:80/",
				"http://?x",
				"/%",
				"/%2",
				"/%zz",
				"/a?%",
				"/a#%x",
				"/a[1]",
				"/a?[]",
				"/a#b#c",
				"/a|b",
				"/a?b^",
				"/a\\b",
				"/a`",
				"/{a}",
				"http:x",
				"?a",
				"#a",
				"HTTP://x/",
				"javascript:x"})
		CHECK(refused_routes(std::string("/a 301 ") + bad) ==
		      first + bad +
			      " is not an address: it must start with /, http://HOST or "
			      "https://HOST, and characters not allowed in a URI must be escaped "
			      "(%20)");
	for (const char *type :
	     {"text",	      "/b",	      "a/",	   "a/b/c",	"a/b,c",
	      "a/b;",	      "a/b;c",	      "a/b;c=",	   "a/b;=d",	"a/b;;c=d",
	      "a/b;c=d;",     "a/b;c=d=e",    "a/b;c/d=e", "a/b;c=\"d", "a/b;c=\"d\\\"",
	      "a/b;c=\"d\"e", "a/b;c=d\"e\"", ";c=d",	   "a;c=d/e",	"a/b;c=\xc3\xa9",
	      "\xc3/b"})
		CHECK(refused_routes(std::string("/a 200 ") + type + " ''") ==
		      first + type + " is not a media type: TYPE/SUBTYPE, or with ;NAME=VALUE");
}

TEST_CASE("routes: statuses that a fixed reply cannot have are refused with the reason")
{
	const std::string first = "22 routes: entry 1: status ";
	struct {
		const char *status, *reason;
	} const cases[] = {
		{"206", "answers a Range field"},
		{"304", "answers a condition of the request"},
		{"401", "needs a challenge (WWW-Authenticate)"},
		{"405", "needs the allowed methods (Allow)"},
		{"407", "is for proxies"},
		{"416", "answers a Range field"},
		{"426", "needs a protocol to switch to (Upgrade)"},
	};

	// Whatever follows: the status is what is wrong.
	for (const char *words : {"", " text/plain 'x'", " /", " text/plain file:/x"}) {
		for (const auto &entry : cases)
			CHECK(refused_routes(std::string("/a ") + entry.status + words)
				      .find(first + entry.status + " " + entry.reason) == 0);
		for (int status : {207, 208, 209, 226, 299, 300, 305, 306, 309, 310, 399})
			CHECK(refused_routes("/a " + std::to_string(status) + words)
				      .find(first + std::to_string(status) +
					    " is not possible here: content needs ") == 0);
	}
	// The line of each fits into the kernel's log, with what to do.
	for (int status = 200; status < 600; status++) {
		const std::string line = refused_routes("/a " + std::to_string(status));
		CHECK(line.size() < 250);
	}
}

// RFC 9112 section 4: a reason may be empty, but those who read the log or the page want one.
TEST_CASE("routes: every status has its reason")
{
	struct {
		int status;
		const char *reason;
	} const cases[] = {
		{200, "OK"},
		{203, "Non-Authoritative Information"},
		{402, "Payment Required"},
		{422, "Unprocessable Content"},
		{423, "Locked"},
		{424, "Failed Dependency"},
		{425, "Too Early"},
		{428, "Precondition Required"},
		{429, "Too Many Requests"},
		{451, "Unavailable For Legal Reasons"},
		{499, "Client Error"},
		{506, "Variant Also Negotiates"},
		{508, "Loop Detected"},
		{510, "Not Extended"},
		{511, "Network Authentication Required"},
		{599, "Server Error"},
	};

	for (const auto &entry : cases) {
		const std::string status = std::to_string(entry.status);
		ConfigOwner owner({{KH_PARAM_routes, "/a " + status + " text/plain 'x'"}});

		CHECK(get(owner.config, "/a")
			      .find("HTTP/1.1 " + status + " " + entry.reason +
				    "\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n") == 0);
	}
	for (int status = 200; status < 600; status++) {
		const std::string entry = "/a " + std::to_string(status);
		const bool content = status < 204 || status >= 400;

		if (!refused_routes(entry + (content	  ? " a/b ''" :
					     status > 300 ? " /b" :
							    ""))
			     .empty())
			continue;
		ConfigOwner owner({{KH_PARAM_routes, entry + (content	   ? " a/b ''" :
							      status > 300 ? " /b" :
									     "")}});
		const std::string reply = get(owner.config, "/a");
		CHECK(reply.find("HTTP/1.1 " + std::to_string(status) + " \r\n") ==
		      std::string::npos);
		CHECK(reply.find("\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\n") !=
		      std::string::npos);
	}
}

TEST_CASE("routes: 205 has no content, and says so")
{
	ConfigOwner owner({{KH_PARAM_routes, "/a 205"}});
	const std::string reply = get(owner.config, "/a");

	CHECK(reply.find("HTTP/1.1 205 Reset Content\r\n") == 0);
	CHECK(reply.find("\r\nContent-Length: 0\r\n\r\n") != std::string::npos);
	CHECK(refused_routes("/a 205 a/b ''") ==
	      "22 routes: entry 1: 205 must be followed by nothing, because it has no content");
}

// RFC 9110 section 10.2.3
TEST_CASE("routes: Retry-After, by itself with 503 and as it is written")
{
	Site site;
	site.write("down", "later");
	const auto retry_of = [&](const std::string &entry) {
		ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_routes, entry}});
		const std::string reply = get(owner.config, "/a");
		const size_t at = reply.find("\r\nRetry-After: ");

		CHECK(count(reply, "Retry-After") <= 1);
		CHECK(get(owner.config, "/a", "HEAD").find("\r\nRetry-After: ") == at);
		return at == reply.npos ? "" :
					  reply.substr(at + 15, reply.find('\r', at + 2) - at - 15);
	};
	const std::string form = " is not retry=SECONDS: 1..31536000";

	for (const char *content : {"''", "file:/down"}) {
		const std::string type = std::string(" text/plain ") + content;

		CHECK(retry_of("/a 503" + type) == "1");
		CHECK(retry_of("/a 503" + type + " retry=3600") == "3600");
		CHECK(retry_of("/a 429" + type) == "");
		CHECK(retry_of("/a 429" + type + " retry=1") == "1");
		CHECK(retry_of("/a 413" + type + " retry=31536000") == "31536000");
		CHECK(refused_routes("/a 200" + type + " retry=1") ==
		      "22 routes: entry 1: retry=1 is not drain=503, the status while the server "
		      "drains");
		for (const char *status : {"404", "500", "502"}) {
			CHECK(retry_of("/a " + std::string(status) + type) == "");
			CHECK(refused_routes("/a " + std::string(status) + type + " retry=1") ==
			      "22 routes: entry 1: " + std::string(status) +
				      " must be followed by a type, and 'TEXT' or file:/NAME");
		}
		for (const char *bad : {"retry=", "retry=0", "retry=31536001", "retry=-1", "retry",
					"retry=1s", "RETRY=1", "x", "retry=99999999999999999999"})
			CHECK(refused_routes("/a 503" + type + " " + bad) ==
			      "22 routes: entry 1: " + std::string(bad) + form);
	}
	CHECK(refused_routes("/a 503 a/b '' retry=1 x") ==
	      "22 routes: entry 1: 503 must be followed by a type, 'TEXT' or file:/NAME, "
	      "and optionally retry=SECONDS");
	CHECK(refused_routes("/a 503 a/b") ==
	      "22 routes: entry 1: 503 must be followed by a type, 'TEXT' or file:/NAME, "
	      "and optionally retry=SECONDS");
	// A file that is gone is another reply.
	CHECK(retry_of("/a 429 text/plain file:/gone retry=9") == "");
}

TEST_CASE("routes: drain=503 is the status while the server drains")
{
	Site site;
	site.write("up", "here");
	for (const char *content : {"'here'", "file:/up"}) {
		const std::string entry =
			std::string("/a 200 text/plain ") + content + " drain=503";

		for (const bool draining : {false, true}) {
			ConfigOwner owner({{KH_PARAM_docroot, site.path},
					   {KH_PARAM_routes, entry},
					   {KH_PARAM_drain, draining ? "1" : "0"}});
			const std::string reply = ask(owner, "/a");

			CHECK(reply.find(draining ? "HTTP/1.1 503 Service Unavailable\r\n" :
						    "HTTP/1.1 200 OK\r\n") == 0);
			CHECK((reply.find("\r\nRetry-After: 1\r\n") != reply.npos) == draining);
			CHECK((reply.find("\r\nConnection: close\r\n") != reply.npos) == draining);
			CHECK(reply.ends_with("\r\n\r\nhere"));
		}
	}
	for (const char *bad : {"drain=", "drain=500", "drain", "x"})
		CHECK(refused_routes(std::string("/a 200 a/b '' ") + bad) ==
		      "22 routes: entry 1: " + std::string(bad) +
			      " is not drain=503, the status while the server drains");
	CHECK(refused_routes("/a 200 a/b '' drain=503 x") ==
	      "22 routes: entry 1: 200 must be followed by a type, 'TEXT' or file:/NAME, and "
	      "optionally "
	      "drain=503");
	CHECK(refused_routes("/a 404 a/b '' drain=503") ==
	      "22 routes: entry 1: 404 must be followed by a type, and 'TEXT' or file:/NAME");
}

TEST_CASE("routes: addresses and types that are taken")
{
	for (const char *address :
	     {"/", "/a%20b?c=%7B%7d#d?/e", "//x/", "//x", "http://x", "https://x:8443/?",
	      "http://[::1]:80/a", "https://a.example./;b=c,d", "http://127.0.0.1#x", "/a:b@c",
	      "http://x%2Dy/"}) {
		ConfigOwner owner({{KH_PARAM_routes, std::string("/a 308 ") + address}});

		CHECK(get(owner.config, "/a")
			      .find(std::string("\r\nLocation: ") + address + "\r\n") !=
		      std::string::npos);
	}
	for (const char *type : {"a/b", "a/b;c=d", "a/b;c=d;e=f", "a/b;c=\"d,;=/\"",
				 "a/b;c=\"\\\"\";d=e", "a/b;c=\"\"", "image/svg+xml"}) {
		ConfigOwner owner({{KH_PARAM_routes, std::string("/a 200 ") + type + " ''"}});

		CHECK(get(owner.config, "/a")
			      .find(std::string("\r\nContent-Type: ") + type + "\r\n") !=
		      std::string::npos);
	}
}

TEST_CASE("charset: what is not a token is refused")
{
	for (const char *bad : {"utf 8", "utf-8;x", "a/b", "\"utf-8\"", "\xc3"})
		CHECK(refusal(KH_PARAM_charset, bad).find("22 charset=") == 0);
	CHECK(refusal(KH_PARAM_charset, "utf 8") == "22 charset=utf 8 is not a word such as utf-8");
	for (const char *good : {"", "utf-8", "iso-8859-1", "ISO_8859-1:1987"})
		CHECK(refusal(KH_PARAM_charset, good).empty() == !strchr(good, ':'));
}

} // namespace khttpd
