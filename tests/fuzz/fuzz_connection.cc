// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A whole connection, from bytes to replies: the same replies whole and in two parts, nothing left
// behind, and none but HTTP/1.1 replies.
#include "../unit/kapi_model.cc"
#include "fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;

	static khttpd_config *const config = khttpd_model::make_config({
		{KH_PARAM_max_body_size, "100"},
		{KH_PARAM_max_header_size, "1000"},
		{KH_PARAM_max_target_size, "500"},
	});
	const long before = khttpd_model::world.blocks;
	const std::string input(reinterpret_cast<const char *>(data), size);
	const size_t cut = size == 0 ? 0 : data[size - 1] * size / 256;

	{
		khttpd_model::Client whole(config), parts(config);

		// The second meets what the CPU remembers of the first.
		khttpd_model::forget_requests();
		whole.send(input);
		parts.send(input.substr(0, cut));
		const size_t interim = parts.received.rfind(" 100 ");
		if (parts.open)
			parts.send(input.substr(cut));
		FUZZ_CHECK(whole.open == parts.open);
		FUZZ_CHECK(!whole.aborted && !parts.aborted);
		// Whether 100 (Continue) is sent depends on what came with the head.
		if (interim == std::string::npos &&
		    whole.received.find(" 100 ") == std::string::npos)
			FUZZ_CHECK(whole.received == parts.received);
		FUZZ_CHECK(whole.received.empty() ||
			   whole.received.compare(0, 9, "HTTP/1.1 ") == 0);
		FUZZ_CHECK(whole.open || !whole.received.empty());
	}
	FUZZ_CHECK(khttpd_model::world.blocks == before);
	return 0;
}
