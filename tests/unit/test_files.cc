// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Files below a document root, with the kernel side as a model.
#include "server_support.h"

namespace khttpd {

TEST_CASE("files: the document root goes while a request waits for the work item")
{
	Site site;
	site.write("f", "content");
	ConfigOwner before({{KH_PARAM_docroot, site.path}});
	ConfigOwner after({});

	for (const char *path : {"/", "/f"}) {
		Client client(before.config);

		client.resolve_with(after.config);
		CHECK(client.send(get_text(path) + kGet));
		CHECK(count(client.received, " 404 ") == (path[1] ? 1 : 0));
		CHECK(count(client.received, "Hello World!") == (path[1] ? 1 : 2));

		// It comes back at once: the file is looked for again.
		Client returned(before.config);

		returned.resolve_with(after.config);
		returned.resume_with(before.config);
		CHECK(returned.send(get_text("/f")));
		CHECK(count(returned.received, "HTTP/1.1 ") == 1);
		CHECK(count(returned.received, "\r\n\r\ncontent") == 1);
		khttpd_model::cache_clear();
	}
}

// RFC 9110 section 8.8.2.1
TEST_CASE("files: a time of modification still to come is told as now")
{
	Site site;
	site.write("f", "content", 1900000000);
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	const std::string reply = ask(owner, "/f");
	const std::string now = field_of_reply(reply, "Date");

	CHECK(now == "Tue, 14 Nov 2023 22:13:20 GMT");
	CHECK(field_of_reply(reply, "Last-Modified") == now);
	CHECK(count(ask(owner, "/f", "If-Unmodified-Since: " + now + "\r\n"), " 200 ") == 1);
	CHECK(count(ask(owner, "/f", "If-Modified-Since: " + now + "\r\n"), " 304 ") == 1);
	// Within its second the date is no strong validator.
	CHECK(count(ask(owner, "/f", "Range: bytes=0-0\r\nIf-Range: " + now + "\r\n"), " 200 ") ==
	      1);
}

// RFC 9110 section 15.3.7
TEST_CASE("files: a part that If-Range asked for does not repeat Last-Modified")
{
	Site site;
	site.write("f", "content");
	site.write("f.gz", "zipped");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_control, "max-age=9"}});
	const std::string range = "Accept-Encoding: gzip\r\nRange: bytes=1-2\r\n";
	const std::string first = ask(owner, "/f", range);
	const std::string again =
		ask(owner, "/f", range + "If-Range: " + field_of_reply(first, "ETag") + "\r\n");

	CHECK(count(first, " 206 ") == 1);
	CHECK(field_of_reply(first, "Last-Modified") == "Sun, 13 Sep 2020 12:26:40 GMT");
	CHECK(count(again, " 206 ") == 1);
	CHECK(field_of_reply(again, "Last-Modified").empty());
	for (const char *name :
	     {"Date", "ETag", "Vary", "Cache-Control", "Content-Encoding", "Content-Range"}) {
		CAPTURE(name);
		CHECK(!field_of_reply(first, name).empty());
		CHECK(field_of_reply(again, name) == field_of_reply(first, name));
	}
	CHECK(content_of_reply(again) == "ip");
}

TEST_CASE("files: several ranges of a coded file get the whole of it")
{
	Site site;
	site.write("f", "content");
	site.write("f.gz", "zipped");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	const std::string ranges = "Range: bytes=0-0,4-4\r\n";
	const std::string coded = ask(owner, "/f", ranges + "Accept-Encoding: gzip\r\n");

	CHECK(count(coded, " 200 ") == 1);
	CHECK(content_of_reply(coded) == "zipped");
	CHECK(count(ask(owner, "/f", ranges), " 206 ") == 1);
	CHECK(count(ask(owner, "/f", "Accept-Encoding: gzip\r\nRange: bytes=4-4\r\n"), " 206 ") ==
	      1);
}

TEST_CASE("files: the boundary of parts is another one each time")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	const std::string ranges = "Range: bytes=0-0,4-4\r\n";
	const std::string type = field_of_reply(ask(owner, "/f", ranges), "Content-Type");

	CHECK(type.substr(0, 31) == "multipart/byteranges; boundary=");
	CHECK(type.size() == 31 + 24);
	CHECK(field_of_reply(ask(owner, "/f", ranges), "Content-Type") != type);
}

TEST_CASE("files: what opening one may end with")
{
	Site site;
	site.write("f", "content");
	site.write("d/index.html", "index");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	struct {
		int error;
		const char *status;
	} const cases[] = {
		{ENOENT, " 404 "},    {ENOTDIR, " 404 "}, {ENAMETOOLONG, " 404 "},
		{ELOOP, " 404 "},     {EXDEV, " 404 "},	  {EACCES, " 403 "},
		{EPERM, " 403 "},     {ENOMEM, " 503 "},  {EMFILE, " 503 "},
		{ENFILE, " 503 "},    {EAGAIN, " 503 "},  {EINTR, " 503 "},
		{ETIMEDOUT, " 503 "}, {EIO, " 500 "},	  {ESTALE, " 500 "},
		{EINVAL, " 404 "},    {EILSEQ, " 404 "},
	};

	for (const auto &entry : cases) {
		world.open_error = entry.error;
		CAPTURE(entry.error);
		const std::string reply = ask(owner, "/f");
		CHECK(count(reply, entry.status) == 1);
		CHECK(field_of_reply(reply, "Retry-After") ==
		      (entry.status == std::string(" 503 ") ? "1" : ""));
		// The directory is there; only an index that is not makes it 403.
		CHECK(count(ask(owner, "/d/"), entry.error == ENOENT ? " 403 " : entry.status) ==
		      1);
	}
	world.open_error = 0;
	CHECK(count(ask(owner, "/f"), " 200 ") == 1);
}

TEST_CASE("files: a directory without its slash")
{
	Site site;
	site.write("d/index.html", "index");
	site.write("a[1] b/index.html", "index");
	site.write("\\x/index.html", "index");
	site.write("\xc3\xa9/index.html", "index");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_max_target_size, "14000"}});
	const auto location = [&owner](const std::string &path) {
		return field_of_reply(ask(owner, path), "Location");
	};
	// More than a path can have.
	const std::string query(13900, 'q');

	CHECK(location("/d") == "/d/");
	CHECK(location("//d?") == "/d/?");
	CHECK(location("/%64?a=%7b%7D&b=/?") == "/%64/?a=%7b%7D&b=/?");
	CHECK(location("/d?" + query) == "/d/?" + query);
	CHECK(location("http://x//d?q") == "/d/?q");
	CHECK(location("/a%5b1%5D%20b") == "/a%5b1%5D%20b/");
	// What RFC 3986 does not allow does not get into a reply.
	CHECK(location("/a[1]%20b?c[]={|}^`%&%4&%41%") ==
	      "/a%5B1%5D%20b/?c%5B%5D=%7B%7C%7D%5E%60%25&%254&%41%25");
	CHECK(location("/d?\"<\\>\xc3\xa9\x80\xff") == "/d/?%22%3C%5C%3E%C3%A9%80%FF");
	CHECK(location("/\xc3\xa9") == "/%C3%A9/");
	// Browsers take a bare backslash for a slash, two of which begin another server's name.
	CHECK(location("/\\x") == "/%5Cx/");
	CHECK(location("//\\x") == "/%5Cx/");
	const std::string large = ask(owner, "/d?" + std::string(8000, '['));
	CHECK(count(large, "HTTP/1.1 414 ") == 1);
	CHECK(count(large, "HTTP/1.1 ") == 1);
	CHECK(count(large, "Location") == 0);

	Client client(owner.config);
	client.send("HEAD /d HTTP/1.1\r\nHost: x\r\n\r\n" + get_text("/d/"));
	CHECK(count(client.received, "HTTP/1.1 ") == 2);
	CHECK(content_of_reply(client.received).substr(0, 15) == "HTTP/1.1 200 OK");
}

namespace {

// A client that stays, and what a request of it took: a look at a name, an opened file, the work
// item.
struct Asker {
	explicit Asker(const ConfigOwner &owner) : client(owner.config) {}
	std::string ask(const std::string &path, const std::string &fields = "")
	{
		world.looks = world.opens = client.resolved = 0;
		client.send(get_text(path, fields));
		return client.take_received();
	}
	bool took(u32 looks, u32 opens, u32 resolved) const
	{
		return world.looks == looks && world.opens == opens && client.resolved == resolved;
	}
	Client client;
};

} // namespace

TEST_CASE("files: one that is in the cache is looked at, not opened, and only now and then")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Asker asker(owner);

	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(1, 1, 1));
	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(0, 0, 0));
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(1, 0, 1));
	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(0, 0, 0));

	// One that has changed is opened, one that is gone is no longer sent.
	site.write("f", "another", 1600000001);
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(asker.ask("/f")) == "another");
	CHECK(asker.took(2, 1, 1));
	CHECK(content_of_reply(asker.ask("/f")) == "another");
	CHECK(asker.took(0, 0, 0));
	std::filesystem::remove(site.path / "f");
	world.ticks += kLookIsDue;
	CHECK(count(asker.ask("/f"), " 404 ") == 1);
	site.write("f", "content");
	CHECK(content_of_reply(asker.ask("/f")) == "content");
}

TEST_CASE("files: what is known is sent while a disk does not answer")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Asker asker(owner);

	CHECK(content_of_reply(asker.ask("/f")) == "content");
	site.write("f", "another", 1600000001);
	world.ticks += 5000;
	world.files_pace = KH_PACE_STUCK;
	CHECK(asker.took(1, 1, 1));
	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(0, 0, 0));
	world.files_pace = KH_PACE_SOON;
	CHECK(content_of_reply(asker.ask("/f")) == "another");
}

TEST_CASE("files: what is known is sent for four seconds while a disk is slow")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Asker asker(owner);

	CHECK(content_of_reply(asker.ask("/f")) == "content");
	site.write("f", "another", 1600000001);
	world.files_pace = KH_PACE_LATE;
	CHECK(asker.took(1, 1, 1));
	world.ticks += 3999;
	CHECK(content_of_reply(asker.ask("/f")) == "content");
	CHECK(asker.took(0, 0, 0));
	world.ticks += 1;
	CHECK(content_of_reply(asker.ask("/f")) == "another");
	world.files_pace = KH_PACE_SOON;
}

TEST_CASE("files: neighbours are looked for where the directory has some")
{
	Site site;
	const std::string gzip = "Accept-Encoding: gzip\r\n";
	site.write("plain/a", "content");
	site.write("plain/d/index.html", "index");
	site.write("mixed/a", "content");
	site.write("mixed/b.gz", "coded");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}});
	Asker asker(owner);

	CHECK(content_of_reply(asker.ask("/plain/a", gzip)) == "content");
	CHECK(asker.took(1, 1, 1));
	CHECK(content_of_reply(asker.ask("/plain/d/", gzip)) == "index");
	CHECK(asker.took(1, 1, 1));
	// A look for a.gz besides.
	const std::string mixed = asker.ask("/mixed/a", gzip);
	CHECK(content_of_reply(mixed) == "content");
	CHECK(field_of_reply(mixed, "Vary") == "");
	CHECK(asker.took(2, 1, 1));

	// One that comes is found at the next look, and both are in the cache then.
	site.write("plain/a.gz", "coded");
	CHECK(content_of_reply(asker.ask("/plain/a", gzip)) == "content");
	world.ticks += kLookIsDue;
	const std::string coded = asker.ask("/plain/a", gzip);
	CHECK(content_of_reply(coded) == "coded");
	CHECK(field_of_reply(coded, "Content-Encoding") == "gzip");
	CHECK(field_of_reply(asker.ask("/plain/a"), "Vary") == "Accept-Encoding");
	CHECK(asker.took(0, 0, 0));
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(asker.ask("/plain/a", gzip)) == "coded");
	CHECK(world.opens == 0);
	CHECK(content_of_reply(asker.ask("/plain/a", gzip)) == "coded");
	CHECK(asker.took(0, 0, 0));
	std::filesystem::remove(site.path / "plain/a.gz");
	world.ticks += kLookIsDue;
	CHECK(content_of_reply(asker.ask("/plain/a", gzip)) == "content");
}

TEST_CASE("files: the first reply is what the cache has ready, a small content with its head")
{
	Site site;
	const size_t sizes[] = {0, 1, 2048, 2049, 100000};
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_control, "no-cache"}});

	for (const size_t size : sizes) {
		const std::string path = "/" + std::to_string(size) + ".html";
		const std::string content(size, 'x');

		site.write(path.substr(1), content);
		CAPTURE(size);
		Asker asker(owner);
		world.attached = 0;
		const std::string first = asker.ask(path);
		CHECK(content_of_reply(first) == content);
		// From memory, then after a look at the file.
		CHECK(asker.ask(path) == first);
		world.ticks += kLookIsDue;
		CHECK(asker.ask(path) == first);
		CHECK(world.attached == (size > 2048 ? 3 : 0));
	}
}

TEST_CASE("files: what the cache has ready may have the longest head that can be set")
{
	Site site;
	const std::string control(255, 'c');
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_control, control}});
	Asker asker(owner);

	site.write("f", "content");
	const std::string first = asker.ask("/f");
	CHECK(field_of_reply(first, "Cache-Control") == control);
	CHECK(content_of_reply(first) == "content");
	CHECK(asker.ask("/f") == first);
	CHECK(asker.took(0, 0, 0));
}

TEST_CASE("files: conditions are answered from the cache")
{
	Site site;
	site.write("f", "content");
	ConfigOwner owner({{KH_PARAM_docroot, site.path}, {KH_PARAM_cache_control, "no-cache"}});
	Asker asker(owner);
	const std::string first = asker.ask("/f");
	const std::string tag = field_of_reply(first, "ETag");
	const std::string date = field_of_reply(first, "Last-Modified");

	for (const std::string &fields : {"If-None-Match: " + tag, std::string("If-None-Match: *"),
					  "If-Modified-Since: " + date}) {
		const std::string reply = asker.ask("/f", fields + "\r\n");

		CAPTURE(fields);
		CHECK(asker.took(0, 0, 0));
		CHECK(count(reply, "HTTP/1.1 304 ") == 1);
		CHECK(field_of_reply(reply, "ETag") == tag);
		CHECK(field_of_reply(reply, "Cache-Control") == "no-cache");
		CHECK(field_of_reply(reply, "Content-Length") == "");
		CHECK(content_of_reply(reply) == "");
	}
	for (const std::string &fields :
	     {std::string("If-None-Match: \"x\""), "If-Match: " + tag}) {
		CHECK(asker.ask("/f", fields + "\r\n").substr(9, 3) == "200");
		CHECK(asker.took(0, 0, 0));
	}
	CHECK(count(asker.ask("/f", "If-Match: \"x\"\r\n"), " 412 ") == 1);
	CHECK(count(asker.ask("/f", "Range: bytes=0-1\r\n"), " 206 ") == 1);
	CHECK(count(asker.ask("/f", "Range: bytes=0-1\r\nIf-None-Match: " + tag + "\r\n"),
		    " 304 ") == 1);
}

} // namespace khttpd
