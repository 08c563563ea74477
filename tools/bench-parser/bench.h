// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Parses the request once. The size of its head, 0 when it is not taken. */
typedef size_t (*kh_parse_fn)(const char *request, size_t size);

size_t kh_parse_khttpd(const char *request, size_t size);
size_t kh_parse_pico(const char *request, size_t size);
size_t kh_parse_http_parser(const char *request, size_t size);
size_t kh_parse_llhttp(const char *request, size_t size);

#ifdef __cplusplus
}
#endif
