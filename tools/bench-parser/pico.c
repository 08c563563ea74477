// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "bench.h"

#include <picohttpparser.h>

size_t kh_parse_pico(const char *request, size_t size)
{
	struct phr_header headers[100];
	size_t count = sizeof(headers) / sizeof(headers[0]);
	const char *method, *path;
	size_t method_size, path_size;
	int minor;
	int result = phr_parse_request(request, size, &method, &method_size, &path, &path_size,
				       &minor, headers, &count, 0);

	return result > 0 ? (size_t)result : 0;
}
