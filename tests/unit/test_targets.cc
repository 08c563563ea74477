// SPDX-License-Identifier: MIT OR GPL-2.0-only
// From a target to a path, and from that to a file.
#include "http/escape.h"
#include "http/target.h"
#include "server_support.h"

namespace khttpd {

TEST_CASE("path: flags and sizes")
{
	u8 out[16];

	CHECK(normalize_path(bytes_of("/a/"), out).directory);
	CHECK(normalize_path(bytes_of("/a/."), out).directory);
	CHECK(normalize_path(bytes_of("/a/b/.."), out).directory);
	CHECK(!normalize_path(bytes_of("/a"), out).directory);
	CHECK(text_of(normalize_path(Bytes(), out).path) == "/");
	CHECK(normalize_path(bytes_of("a"), out).status == Status::bad_request);
	CHECK(normalize_path(bytes_of(std::string("/a\0b", 4)), out).status == Status::not_found);
	CHECK(normalize_path(bytes_of("/23456789012345"), out).status == Status::none);
	CHECK(out[15] == 0);
	CHECK(normalize_path(bytes_of("/234567890123456"), out).status == Status::not_found);
	for (const char *hidden :
	     {"/.git", "/a/.b", "/%2egit", "/a/.b/c", "/.well-known/.a", "/..a"})
		CHECK_MESSAGE(normalize_path(bytes_of(hidden), out).hidden, hidden);
	for (const char *shown :
	     {"/", "/a.b", "/a/./b", "/.well-known", "/.well-known/a", "/a/../b"})
		CHECK_MESSAGE(!normalize_path(bytes_of(shown), out).hidden, shown);
	CHECK(normalize_path(bytes_of("/.well-knownx"), out).hidden);
}

// What counts is the size after decoding, wherever the escapes stand.
TEST_CASE("path: one that fits when it is decoded, and one byte more")
{
	for (usize room = 0; room < 12; room++) {
		for (u32 escaped = 0; escaped < 1024; escaped++) {
			const Exact block(bytes_of(std::string(room, 'o')));
			const std::span<u8> out(const_cast<u8 *>(block.bytes().data()), room);
			std::string path = "/", decoded = "/";

			for (usize i = 0; i < 10; i++) {
				const std::string with = path + (escaped >> i & 1 ? "%61" : "a");
				const NormalizedPath result = normalize_path(bytes_of(path), out);

				CHECK(result.status ==
				      (decoded.size() < room ? Status::none : Status::not_found));
				if (result.status == Status::none)
					CHECK(text_of(result.path) == decoded);
				path = with;
				decoded += 'a';
			}
		}
	}
}

// With an escape it is taken apart, without one perhaps only copied.
TEST_CASE("path: an escaped letter makes no difference")
{
	const std::string_view letters = "/.a";

	for (u32 number = 0; number < 3 * 3 * 3 * 3 * 3 * 3 * 3; number++) {
		std::string path = "/", escaped = "/";
		u8 out[32], other[32];

		for (u32 rest = number; rest; rest /= 3) {
			path += letters[rest % 3];
			escaped += path.back() == 'a' ? "%61" : path.substr(path.size() - 1);
		}
		const NormalizedPath plain = normalize_path(bytes_of(path), out);
		const NormalizedPath decoded = normalize_path(bytes_of(escaped), other);

		CAPTURE(path);
		CHECK(plain.status == decoded.status);
		CHECK(text_of(plain.path) == text_of(decoded.path));
		CHECK(plain.directory == decoded.directory);
		CHECK(plain.hidden == decoded.hidden);
		if (plain.status == Status::none)
			CHECK(out[plain.path.size()] == 0);
	}
}

// The invariant that file lookup relies on.
TEST_CASE("path: no result has a dot segment, an empty one or a NUL in it")
{
	const std::string parts[] = {"/",   ".",   "..", "%2e", "%2E", "a",
				     "%2f", "%00", "b",	 "%",	"//"};
	Random random(7);
	int good = 0;

	for (int round = 0; round < 60000; round++) {
		std::string path = "/";
		u8 out[256];

		for (u64 n = random.below(9); n > 0; n--)
			path += parts[random.below(std::size(parts))];
		const NormalizedPath result = normalize_path(bytes_of(path), out);

		if (result.status != Status::none)
			continue;
		const std::string text = text_of(result.path);
		const std::string closed = text + "/";

		good++;
		CAPTURE(path);
		CHECK(text[0] == '/');
		CHECK(closed.find("/./") == std::string::npos);
		CHECK(closed.find("/../") == std::string::npos);
		CHECK(text.find("//") == std::string::npos);
		CHECK(text.find('\0') == std::string::npos);
		CHECK(out[text.size()] == 0);
	}
	CHECK(good > 10000);
}

TEST_CASE("path: what is escaped for a URI comes back as it was")
{
	Random random(8);

	for (int round = 0; round < 2000; round++) {
		std::string path = "/n";
		u8 escaped[512];
		u8 out[512];

		for (u64 n = random.below(60); n > 0; n--) {
			const char c = static_cast<char>(random.below(255) + 1);

			path += c == '/' || c == '.' ? 'x' : c;
		}
		const Bytes uri = escape_uri_path(bytes_of(path), escaped);

		for (u8 c : uri)
			CHECK((c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' &&
			       c != '?' && c != '#'));
		CHECK(text_of(normalize_path(uri, out).path) == path);
	}
}

namespace {

std::string reply_to(Client &client, const std::string &target)
{
	client.take_received();
	client.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
	return client.received;
}

std::string content_at(Client &client, const std::string &target)
{
	const std::string reply = reply_to(client, target);

	return reply.substr(reply.find("\r\n\r\n") + 4);
}

std::string content_from_cache(Client &client, const std::string &target)
{
	const u32 resolved = client.resolved;
	const std::string content = content_at(client, target);

	CHECK(client.resolved == resolved);
	return content;
}

} // namespace

// What counts is the size of the decoded path. (The model's root is a part of it.)
TEST_CASE("targets: paths whose escapes make them longer than a path can be")
{
	Site site;
	std::string path, escaped;

	for (int i = 0; i < 15; i++)
		path += "/" + std::string(255, 'd');
	path += "/" + std::string(200, 'f');
	for (char c : path)
		escaped += c == '/' ? "/" : c == 'd' ? "%64" : "%66";
	site.write(path.substr(1), "content");
	site.write("index.html", "index");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_max_target_size, "14000"}});
	Client client(owner.config);

	CHECK(path.size() > 4000);
	CHECK(escaped.size() > 12000);
	for (const std::string &target : {escaped, path, path + "?" + std::string(8000, 'q')}) {
		CHECK(content_at(client, target) == "content");
		CHECK(content_from_cache(client, target) == "content");
	}
	// As no file has them.
	for (const std::string &target :
	     {escaped + "%66", path + "/", "/" + std::string(13000, 'a'),
	      "/" + std::string(13000, '/') + "index.html"})
		CHECK(count(reply_to(client, target), " 404 ") == 1);
	CHECK(content_at(client, "/%2e/index.html?" + std::string(8000, 'q')) == "index");
}

TEST_CASE("targets: names of any bytes but those that end a name")
{
	Site site;
	const std::string names[] = {"a[1]{2}^`|", "a\\b",     "\\",	   "..\\a",
				     "\"<b>'&",	   "\xc3\xa9", "\xff\x80", "\xc0\xaf"};

	for (const std::string &name : names)
		site.write(name, "of " + name);
	site.write("b", "not this");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Client client(owner.config);

	for (const std::string &name : names) {
		CAPTURE(name);
		// A name that begins with a dot is not for everybody.
		if (name[0] == '.') {
			CHECK(count(reply_to(client, "/" + name), " 404 ") == 1);
			continue;
		}
		CHECK(content_at(client, "/" + name) == "of " + name);
		CHECK(content_from_cache(client, "/" + name + "?" + name) == "of " + name);
	}
	for (const char *target :
	     {"/x\\..\\b", "/x/..\\b", "/..\\..\\etc\\passwd", "/%5c..%5cb", "/x\\../b"})
		CHECK(count(reply_to(client, target), " 404 ") == 1);
}

} // namespace khttpd
