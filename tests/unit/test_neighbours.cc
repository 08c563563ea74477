// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Compressed neighbours of files: which are sent, which are out of date, and codings by the name.
#include "http/accept_encoding.h"
#include "http/mime.h"
#include "server_support.h"

namespace khttpd {

namespace {

constexpr long kTime = 1600000000;
const std::string kAll = "Accept-Encoding: gzip, br, zstd\r\n";

// A client that stays. A look at the files is due before each of its requests, or is not.
struct Reader {
	explicit Reader(const ConfigOwner &owner) : client(owner.config) {}
	std::string read(const std::string &path, const std::string &fields = kAll)
	{
		client.send(get_text(path, fields));
		return client.take_received();
	}
	std::string content(const std::string &path, const std::string &fields = kAll)
	{
		return content_of_reply(read(path, fields));
	}
	std::string later(const std::string &path, const std::string &fields = kAll)
	{
		world.ticks += kLookIsDue;
		return content(path, fields);
	}
	Client client;
};

} // namespace

TEST_CASE("neighbours: one that is older than its file is not sent")
{
	for (const char *cache : {"65536", "0"}) {
		Site site;
		site.write("f", "plain", kTime);
		site.write("f.gz", "same", kTime);
		site.write("f.br", "older", kTime - 1);
		site.write("f.zst", "newer", kTime + 1);
		ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_size, cache}});
		Reader reader(owner);

		CAPTURE(cache);
		for (int round = 0; round < 2; round++) {
			CHECK(reader.content("/f") == "newer");
			CHECK(reader.content("/f", "Accept-Encoding: gzip\r\n") == "same");
			const std::string reply = reader.read("/f", "Accept-Encoding: br\r\n");
			CHECK(content_of_reply(reply) == "plain");
			CHECK(field_of_reply(reply, "Content-Encoding").empty());
			CHECK(field_of_reply(reply, "Vary") == "Accept-Encoding");
			// What is kept stays, whether or not an older one lies beside it.
			CHECK((cache[0] == '0' || round == 0 || world.opens == 0));
			world.ticks += kLookIsDue;
			world.opens = 0;
		}
		// The file changes alone: none of them is of what it is now.
		site.write("f", "new", kTime + 2);
		const std::string reply = (world.ticks += kLookIsDue, reader.read("/f"));
		CHECK(content_of_reply(reply) == "new");
		CHECK(field_of_reply(reply, "Vary").empty());
		CHECK(reader.content("/f") == "new");
		// They are made again, one by one.
		site.write("f.gz", "new gzip", kTime + 2);
		CHECK(reader.later("/f") == "new gzip");
		site.write("f.br", "new br", kTime + 3);
		CHECK(reader.later("/f") == "new br");
		CHECK(reader.content("/f", "Accept-Encoding: gzip\r\n") == "new gzip");
		// The file is taken back to what it was.
		site.write("f", "plain", kTime);
		CHECK(reader.later("/f") == "newer");
		// A neighbour gets an older time.
		site.write("f.zst", "another", kTime - 100);
		CHECK(reader.later("/f") == "new br");
		khttpd_model::cache_clear();
	}
}

TEST_CASE("neighbours: are not looked for until a client wants one")
{
	Site site;
	site.write("f", "plain", kTime);
	site.write("f.gz", "coded", kTime);
	site.write("alone", "alone", kTime);
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Reader reader(owner);

	for (const char *fields : {"", "Accept-Encoding: identity\r\n"})
		for (const char *path : {"/f", "/alone"}) {
			CAPTURE(path);
			world.looks = 0;
			const std::string reply = reader.read(path, fields);
			CHECK(content_of_reply(reply) == (path[1] == 'f' ? "plain" : "alone"));
			// There may be one.
			CHECK(field_of_reply(reply, "Vary") == "Accept-Encoding");
			world.ticks += kLookIsDue;
			CHECK(content_of_reply(reader.read(path, fields)) ==
			      content_of_reply(reply));
			// One to open the file, if it is not in the cache, and one when it was due.
			CHECK(world.looks <= 2);
		}
	// What is in the cache does not hide it, also if it is fresh.
	CHECK(reader.content("/f") == "coded");
	CHECK(field_of_reply(reader.read("/alone"), "Vary").empty());
	// From then on it is known, whoever asks.
	CHECK(field_of_reply(reader.read("/alone", ""), "Vary").empty());
	world.ticks += kLookIsDue;
	CHECK(field_of_reply(reader.read("/alone", ""), "Vary").empty());
	CHECK(reader.content("/f", "") == "plain");
	// Also when the file has become another one.
	site.write("alone", "changed", kTime);
	world.ticks += kLookIsDue;
	const std::string changed = reader.read("/alone", "");
	CHECK(content_of_reply(changed) == "changed");
	CHECK(field_of_reply(changed, "Vary").empty());
	site.write("alone.br", "new", kTime);
	world.ticks += kLookIsDue;
	CHECK(field_of_reply(reader.read("/alone", ""), "Vary") == "Accept-Encoding");
	CHECK(reader.content("/alone") == "new");
	khttpd_model::cache_clear();
}

TEST_CASE("neighbours: while no disk answers the file itself will do")
{
	Site site;
	site.write("f", "plain", kTime);
	site.write("f.gz", "coded", kTime);
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Reader reader(owner);

	CHECK(reader.content("/f", "") == "plain");
	world.looks = 0;
	for (kh_pace pace : {KH_PACE_STUCK, KH_PACE_LATE}) {
		world.files_pace = pace;
		CHECK(reader.content("/f") == "plain");
		CHECK(world.looks == 0);
	}
	world.files_pace = KH_PACE_SOON;
	CHECK(reader.content("/f") == "coded");
	khttpd_model::cache_clear();
}

TEST_CASE("neighbours: parts of a second do not make one out of date")
{
	Site site;
	site.write("f", "plain", kTime);
	site.write("f.gz", "coded", kTime);
	const std::string name = std::string(site.path) + "/f";
	timespec times[2] = {{kTime, 999999999}, {kTime, 999999999}};
	REQUIRE(utimensat(AT_FDCWD, name.c_str(), times, 0) == 0);
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});

	CHECK(content_of_reply(ask(owner, "/f", kAll)) == "coded");
}

TEST_CASE("neighbours: the setting orders them and turns them off")
{
	Site site;
	for (const char *name : {"f", "f.zst", "f.br", "f.gz"})
		site.write(name, name, kTime);
	struct {
		const char *order, *accept, *content;
	} const cases[] = {
		{"zstd br gzip", "gzip, br, zstd", "f.zst"},
		{"gzip br zstd", "gzip, br, zstd", "f.gz"},
		{"br zstd", "gzip, br, zstd", "f.br"},
		{"br", "gzip, zstd", "f"},
		{"  gzip  ", "gzip, br", "f.gz"},
		{"", "gzip, br, zstd", "f"},
		{"", "*", "f"},
		// What the client prefers comes first.
		{"gzip br zstd", "gzip;q=0.5, br;q=0.6, zstd;q=0.7", "f.zst"},
		{"gzip br", "*", "f.gz"},
		{"gzip br", "gzip;q=0, *", "f.br"},
		{"gzip br", "identity", "f"},
	};

	for (const auto &entry : cases) {
		ConfigOwner owner(
			{{KH_PARAM_docroot, site.path}, {KH_PARAM_precompressed, entry.order}});
		const std::string fields = std::string("Accept-Encoding: ") + entry.accept + "\r\n";

		CAPTURE(entry.order);
		CAPTURE(entry.accept);
		Reader reader(owner);
		// So that all are in the cache.
		for (const char *one : {"gzip", "br", "zstd", "identity"})
			reader.read("/f", std::string("Accept-Encoding: ") + one + "\r\n");
		for (int round = 0; round < 3; round++) {
			const std::string reply = reader.read("/f", fields);

			CHECK(content_of_reply(reply) == entry.content);
			CHECK(field_of_reply(reply, "Vary") ==
			      (entry.order[0] ? "Accept-Encoding" : ""));
			world.ticks += round * kLookIsDue;
		}
	}
	// Nothing is looked for.
	ConfigOwner off({{KH_PARAM_docroot, site.path}, {KH_PARAM_precompressed, ""}});
	world.looks = 0;
	CHECK(content_of_reply(ask(off, "/f", kAll)) == "f");
	CHECK(world.looks == 1);
}

TEST_CASE("neighbours: what is refused of the setting is named")
{
	const std::string line =
		" is not zstd, br or gzip, each at most once and separated by spaces";

	for (const char *bad : {"gz", "GZIP", "identity", "deflate", "gzip,br", "zstd;q=1"})
		CHECK(refusal(KH_PARAM_precompressed, bad) ==
		      "22 precompressed: " + std::string(bad) + line);
	CHECK(refusal(KH_PARAM_precompressed, "br gzip br") == "22 precompressed: br" + line);
	for (const char *good : {"", " ", "zstd", "gzip zstd br", " br  gzip "})
		CHECK(refusal(KH_PARAM_precompressed, good).empty());
}

TEST_CASE("codings by the name: where the type is that of what is inside")
{
	for (const char *ending : {"svgz", "SVGZ", "x3dz", "x3dvz"}) {
		const std::string name = std::string("/a.") + ending;
		const std::string inside = name.substr(0, name.size() - 1);

		CAPTURE(name);
		CHECK(coding_of_ending(bytes_of(name)) == Coding::gzip);
		CHECK(mime_type_of(bytes_of(name)) == mime_type_of(bytes_of(inside)));
	}
	// These have types of their own, or none.
	for (const char *name : {"/a.gz", "/a.tgz", "/a.taz", "/a.tar.gz", "/a.svg.gz", "/a.xz",
				 "/a.zst", "/a.br", "/a.Z", "/a.bz2", "/a.wmz", "/a.emz", "/a.kmz",
				 "/a.svg", "/asvgz", "/svgz", "/.svgz/a", "/a.svgz.txt", ".svgz"})
		CHECK(coding_of_ending(Bytes::literal(name, strlen(name))) == Coding::identity);
	CHECK(mime_type_of("/a.gz"_b) == "application/gzip"_b);
	CHECK(mime_type_of("/a.tgz"_b) == "application/x-gtar-compressed"_b);
}

TEST_CASE("codings by the name: the field goes with every way to send the file")
{
	Site site;
	site.write("a.svgz", "zipped picture");
	site.write("a.svgz.gz", "twice");
	site.write("a.tgz", "archive");
	site.write("404.svgz", "zipped error");

	for (const char *cache : {"65536", "0"}) {
		ConfigOwner owner({{KH_PARAM_docroot, site.path},
				   {KH_PARAM_cache_size, cache},
				   {KH_PARAM_routes, "/r 200 image/svg+xml file:/a.svgz ; "
						     "/t 200 a/b file:/a.tgz"},
				   {KH_PARAM_error_pages, "404=/404.svgz"}});
		Reader reader(owner);

		// Also to a client that has not asked for it: there is no other.
		for (const std::string &fields :
		     {kAll, std::string(),
		      std::string("Accept-Encoding: identity, gzip;q=0\r\n")}) {
			for (const char *path : {"/a.svgz", "/r"}) {
				const std::string reply = reader.read(path, fields);

				CHECK(content_of_reply(reply) == "zipped picture");
				CHECK(field_of_reply(reply, "Content-Type") == "image/svg+xml");
				CHECK(field_of_reply(reply, "Content-Encoding") == "gzip");
				CHECK(field_of_reply(reply, "Vary").empty());
			}
			for (const char *path : {"/a.tgz", "/t"})
				CHECK(field_of_reply(reader.read(path, fields), "Content-Encoding")
					      .empty());
		}
		const std::string part = reader.read("/a.svgz", "Range: bytes=0-5\r\n");
		CHECK(count(part, " 206 ") == 1);
		CHECK(content_of_reply(part) == "zipped");
		CHECK(field_of_reply(part, "Content-Encoding") == "gzip");
		CHECK(count(reader.read("/a.svgz", "Range: bytes=0-1,4-5\r\n"), " 200 ") == 1);
		const std::string error = reader.read("/none");
		CHECK(count(error, " 404 ") == 1);
		CHECK(field_of_reply(error, "Content-Encoding") == "gzip");
		CHECK(content_of_reply(error) == "zipped error");
		khttpd_model::cache_clear();
	}
}

} // namespace khttpd
