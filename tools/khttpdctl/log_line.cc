// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "log_line.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "language/spelling.h"

namespace khttpdctl {

namespace {

using Json = nlohmann::ordered_json;

// Address, two dashes, time, request, status, size, referer and user agent.
constexpr size_t kFields = 9;

int hex_digit(char c)
{
	static constexpr std::string_view kDigits = "0123456789abcdef";
	const size_t at = kDigits.find(c);

	return at == kDigits.npos ? -1 : static_cast<int>(at);
}

// The character that an escape stands for, whose backslash is at the front of the text.
char take_escape(std::string_view &text)
{
	static constexpr std::string_view kLetters = "bnrtv";
	static constexpr std::string_view kMeant = "\b\n\r\t\v";
	const char letter = text[1];

	if (letter == 'x' && text.size() >= 4 && hex_digit(text[2]) >= 0 &&
	    hex_digit(text[3]) >= 0) {
		const char c = static_cast<char>(hex_digit(text[2]) << 4 | hex_digit(text[3]));

		text.remove_prefix(4);
		return c;
	}
	text.remove_prefix(2);
	const size_t at = kLetters.find(letter);
	return at == kLetters.npos ? letter : kMeant[at];
}

// Takes a field and the blank behind it off the text. False for what is none.
bool take_field(std::string_view &text, std::string &field)
{
	const char first = text.empty() ? '\0' : text[0];
	const char last = first == '"' ? '"' : first == '[' ? ']' : ' ';

	field.clear();
	if (text.empty())
		return false;
	if (last != ' ')
		text.remove_prefix(1);
	while (!text.empty() && text[0] != last) {
		if (last == '"' && text[0] == '\\' && text.size() > 1) {
			field += take_escape(text);
		} else {
			field += text[0];
			text.remove_prefix(1);
		}
	}
	if (last != ' ') {
		if (text.empty())
			return false;
		text.remove_prefix(1);
	}
	if (!text.empty() && text[0] != ' ')
		return false;
	text.remove_prefix(std::min<size_t>(1, text.size()));
	return true;
}

// 14/Nov/2023:22:13:20 +0000, always in UTC.
std::string rfc3339(const std::string &time)
{
	static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
	const size_t month = time.size() == 26 ? kMonths.find(time.substr(3, 3)) : kMonths.npos;

	if (month == kMonths.npos)
		return time;
	return fmt::format("{}-{:02}-{}T{}Z", time.substr(7, 4), month / 3 + 1, time.substr(0, 2),
			   time.substr(12, 8));
}

Json text_or_null(const std::string &text)
{
	return text == "-" ? Json() : Json(text);
}

Json number_or_null(const std::string &text)
{
	return is_digits(text) && text.size() < 19 ? Json(std::stoull(text)) : Json();
}

void add_request(Json &out, const std::string &request)
{
	const size_t first = request.find(' ');
	const size_t last = request.rfind(' ');

	out["request"] = text_or_null(request);
	if (first == request.npos || first == last)
		return;
	out["method"] = request.substr(0, first);
	out["target"] = request.substr(first + 1, last - first - 1);
	out["version"] = request.substr(last + 1);
}

} // namespace

std::string json_of_log_line(const std::string &line)
{
	std::vector<std::string> fields;
	std::string_view rest = line;
	std::string field;
	Json out;

	while (take_field(rest, field))
		fields.push_back(field);
	if (fields.size() != kFields || !rest.empty()) {
		out["line"] = line;
	} else {
		out["address"] = fields[0];
		out["time"] = rfc3339(fields[3]);
		add_request(out, fields[4]);
		out["status"] = number_or_null(fields[5]);
		out["bytes"] = fields[6] == "-" ? Json(0) : number_or_null(fields[6]);
		out["referer"] = text_or_null(fields[7]);
		out["user_agent"] = text_or_null(fields[8]);
	}
	// Clients may send any bytes.
	return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace khttpdctl
