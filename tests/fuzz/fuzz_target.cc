// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Paths: nothing that climbs, no NUL, and a second round through escaping changes nothing.
#include "fuzz.h"
#include "http/escape.h"
#include "http/mime.h"
#include "http/target.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;

	const FuzzCopy copy(Bytes(data, size < 2000 ? size : 2000));
	const Bytes path = copy.bytes();
	auto out = std::make_unique<u8[]>(path.size() + 2);
	const NormalizedPath result = normalize_path(path, {out.get(), path.size() + 2});

	if (result.status != Status::none) {
		FUZZ_CHECK(result.path.empty());
		return 0;
	}
	Bytes rest = result.path;

	FUZZ_CHECK(rest.size() <= path.size() + 1 && rest[0] == '/' && out[rest.size()] == 0);
	FUZZ_CHECK(rest.find(0) == rest.size());
	while (rest.size() > 1) {
		rest = rest.drop(1);
		const Bytes segment = rest.prefix(rest.find('/'));

		FUZZ_CHECK(!segment.empty() && !(segment == "."_b) && !(segment == ".."_b));
		rest = rest.drop(segment.size());
	}
	FUZZ_CHECK(result.directory == (result.path.back() == '/'));
	FUZZ_CHECK(!mime_type_of(result.path).empty());

	const usize room = 3 * result.path.size() + 1;
	auto escaped = std::make_unique<u8[]>(room);
	auto again = std::make_unique<u8[]>(room);
	const Bytes uri = escape_uri_path(result.path, {escaped.get(), room});

	FUZZ_CHECK(normalize_path(uri, {again.get(), room}).path == result.path);
	return 0;
}
