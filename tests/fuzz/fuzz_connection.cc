// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A whole connection, from bytes to replies, with the built-in page, with files, and from a proxy
// that tells whose it is: the same replies whole and in two parts, one record in the access log for
// each, nothing left behind, and none but HTTP/1.1 replies.
#include <filesystem>
#include <fstream>

#include "../unit/kapi_model.cc"
#include "fuzz.h"

namespace {

using khttpd_model::world;

// A document root for the time of the run, at whose end it goes.
class FuzzSite {
public:
	FuzzSite()
	{
		char name[] = "/tmp/khttpd-fuzz-XXXXXX";

		FUZZ_CHECK(mkdtemp(name) != nullptr);
		path = name;
		std::filesystem::create_directories(path / "a");
		write("index.html", "index");
		write("a/index.html", std::string(3000, 'a'));
		write("b", "0123456789");
		write("b.gz", "coded");
	}
	~FuzzSite() { std::filesystem::remove_all(path); }

	std::filesystem::path path;

private:
	void write(const char *name, const std::string &content)
	{
		const struct timespec times[2] = {{1600000000, 0}, {1600000000, 0}};

		std::ofstream(path / name) << content;
		utimensat(AT_FDCWD, (path / name).c_str(), times, 0);
	}
};

// The replies to the input in these pieces.
std::string replies(const khttpd_config *config, const std::vector<std::string> &pieces,
		    kh_log &log)
{
	world.random = 1; // boundaries are compared too
	const u64 before = world.stats[KH_STAT_proxy_errors];
	khttpd_model::Client client(config, &log);

	for (const std::string &piece : pieces) {
		if (client.open)
			client.send(piece);
	}
	const u64 errors = world.stats[KH_STAT_proxy_errors];

	FUZZ_CHECK(client.aborted == (errors != before));
	FUZZ_CHECK(client.open || client.aborted || !client.received.empty());
	FUZZ_CHECK(client.received.empty() || client.received.compare(0, 9, "HTTP/1.1 ") == 0);
	FUZZ_CHECK(client.received.empty() || !log.entries.empty() ||
		   client.received.find(" 100 ") != std::string::npos);
	return (client.open ? "open " : "closed ") + client.client().value_or("") + client.received;
}

void check(const khttpd_config *config, const std::string &input, size_t cut)
{
	const long before = world.blocks;
	kh_log whole_log, parts_log;

	// The second meets what the CPU remembers of the first, but no cached files: whether Vary
	// is sent depends on whether a request has sought the coded neighbours of one.
	khttpd_model::forget_requests();
	const std::string whole = replies(config, {input}, whole_log);
	khttpd_model::cache_clear();
	const std::string parts =
		replies(config, {input.substr(0, cut), input.substr(cut)}, parts_log);

	// Whether 100 (Continue) is sent depends on what came with the head.
	if (whole.find(" 100 ") == whole.npos && parts.find(" 100 ") == parts.npos)
		FUZZ_CHECK(whole == parts);
	FUZZ_CHECK(whole_log.entries == parts_log.entries);
	khttpd_model::cache_clear();
	FUZZ_CHECK(world.blocks == before);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const FuzzSite site;
	static const khttpd_config *const page = khttpd_model::make_config({
		{KH_PARAM_max_body_size, "100"},
		{KH_PARAM_max_header_size, "1000"},
		{KH_PARAM_max_target_size, "500"},
		{KH_PARAM_access_log, "1"},
	});
	static const khttpd_config *const files = khttpd_model::make_config({
		{KH_PARAM_docroot, site.path},
		{KH_PARAM_max_target_size, "10000"},
		{KH_PARAM_access_log, "1"},
	});
	static std::string mistakes;
	static const khttpd_config *const proxied = khttpd_model::make_config_of_text(
		"proxy_protocol = all\nforwarded = all\naccess_log = 1\n", mistakes);
	const std::string input(reinterpret_cast<const char *>(data), size);
	const size_t cut = size == 0 ? 0 : data[size - 1] * size / 256;

	check(page, input, cut);
	check(files, input, cut);
	check(proxied, input, cut);
	return 0;
}
