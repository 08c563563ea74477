// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "bench.h"

#include "http/request_parser.h"

namespace {

khttpd::RequestParser parser;

} // namespace

// The limits are those the module has by default.
extern "C" size_t kh_parse_khttpd(const char *request, size_t size)
{
	using namespace khttpd;

	static constexpr HeadLimits limits = {16384, 8192, 100};
	const Bytes head = Bytes::literal(request, size);

	parser.reset();
	const ParseResult result = parser.parse(head, limits);

	return result.outcome == ParseOutcome::done ? result.consumed : 0;
}
