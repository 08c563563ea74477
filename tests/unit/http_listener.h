// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What Debian's http-parser hears of a reply. Only where libhttp-parser-dev is installed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#if __has_include(<http_parser.h>)
#include <http_parser.h>
#define KH_HAVE_HTTP_PARSER 1

namespace khttpd {

struct Heard {
	std::vector<std::pair<std::string, std::string>> fields;
	std::string reason;
	std::string body;
	bool value_began = true;
	bool complete = false;

	static Heard &of(http_parser *parser) { return *static_cast<Heard *>(parser->data); }
};

inline http_parser_settings listening_settings()
{
	http_parser_settings settings;

	http_parser_settings_init(&settings);
	settings.on_status = [](http_parser *parser, const char *at, size_t size) {
		Heard::of(parser).reason.append(at, size);
		return 0;
	};
	settings.on_header_field = [](http_parser *parser, const char *at, size_t size) {
		Heard &heard = Heard::of(parser);

		if (heard.value_began)
			heard.fields.emplace_back();
		heard.value_began = false;
		heard.fields.back().first.append(at, size);
		return 0;
	};
	settings.on_header_value = [](http_parser *parser, const char *at, size_t size) {
		Heard::of(parser).value_began = true;
		Heard::of(parser).fields.back().second.append(at, size);
		return 0;
	};
	settings.on_body = [](http_parser *parser, const char *at, size_t size) {
		Heard::of(parser).body.append(at, size);
		return 0;
	};
	settings.on_message_complete = [](http_parser *parser) {
		Heard::of(parser).complete = true;
		return 0;
	};
	return settings;
}

} // namespace khttpd
#endif
