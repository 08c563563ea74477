// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "bench.h"

#include <http_parser.h>

/* Without callbacks, which is the cheapest way to run it. */
size_t kh_parse_http_parser(const char *request, size_t size)
{
	static const http_parser_settings settings;
	http_parser parser;
	size_t parsed;

	http_parser_init(&parser, HTTP_REQUEST);
	parsed = http_parser_execute(&parser, &settings, request, size);
	return HTTP_PARSER_ERRNO(&parser) == HPE_OK ? parsed : 0;
}
