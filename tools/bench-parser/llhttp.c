// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "bench.h"

#include <llhttp.h>

/* Without callbacks, which is the cheapest way to run it. */
size_t kh_parse_llhttp(const char *request, size_t size)
{
	static const llhttp_settings_t settings;
	llhttp_t parser;

	llhttp_init(&parser, HTTP_REQUEST, &settings);
	return llhttp_execute(&parser, request, size) == HPE_OK ? size : 0;
}
