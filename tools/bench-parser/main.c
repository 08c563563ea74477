// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char small_request[] = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n\r\n";

static const char browser_request[] =
	"GET /articles/2024/index.html?utm_source=feed&page=2 HTTP/1.1\r\n"
	"Host: www.example.com:8081\r\n"
	"Connection: keep-alive\r\n"
	"Cache-Control: max-age=0\r\n"
	"sec-ch-ua: \"Chromium\";v=\"120\", \"Not?A_Brand\";v=\"24\"\r\n"
	"sec-ch-ua-mobile: ?0\r\n"
	"sec-ch-ua-platform: \"Linux\"\r\n"
	"Upgrade-Insecure-Requests: 1\r\n"
	"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
	"Chrome/120.0.0.0 Safari/537.36\r\n"
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
	"*/*;q=0.8\r\n"
	"Sec-Fetch-Site: none\r\n"
	"Sec-Fetch-Mode: navigate\r\n"
	"Sec-Fetch-User: ?1\r\n"
	"Sec-Fetch-Dest: document\r\n"
	"Accept-Encoding: gzip, deflate, br\r\n"
	"Accept-Language: en-US,en;q=0.9\r\n"
	"Cookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\n"
	"If-None-Match: \"2ebc98a1-a-5\"\r\n"
	"\r\n";

static const struct {
	const char *name;
	kh_parse_fn parse;
} parsers[] = {
	{"khttpd", kh_parse_khttpd},
	{"pico", kh_parse_pico},
	{"http-parser", kh_parse_http_parser},
	{"llhttp", kh_parse_llhttp},
};

static double now_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return at.tv_sec * 1e9 + at.tv_nsec;
}

/* Prints the request's size and the nanoseconds a parse took. */
static int run(kh_parse_fn parse, const char *request, size_t size, long count)
{
	/* Behind a volatile pointer, so that no call is left out. */
	kh_parse_fn volatile call = parse;
	double start;
	long i;

	if (parse(request, size) != size) {
		fprintf(stderr, "the parser does not take the request\n");
		return 1;
	}
	start = now_ns();
	for (i = 0; i < count; i++)
		call(request, size);
	printf("%zu %.2f\n", size, (now_ns() - start) / (count ? count : 1));
	return 0;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc == 4) {
		const int small = strcmp(argv[2], "small") == 0;
		const char *request = small ? small_request : browser_request;
		const size_t size = small ? sizeof(small_request) - 1 : sizeof(browser_request) - 1;

		for (i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
			if (strcmp(argv[1], parsers[i].name) == 0)
				return run(parsers[i].parse, request, size, atol(argv[3]));
		}
	}
	fprintf(stderr, "usage: bench khttpd|pico|http-parser|llhttp small|browser COUNT\n");
	return 2;
}
