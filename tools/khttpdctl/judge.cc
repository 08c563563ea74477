// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "judge.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "config/config.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

// As many as the builder tells, of the length that it gives them.
constexpr size_t kMistakesSize = 65536;

// Takes the decimal digits at the front of the text off it.
size_t take_number(std::string_view &text)
{
	size_t number = 0;

	while (!text.empty() && text[0] >= '0' && text[0] <= '9' && number < 1000000000) {
		number = number * 10 + static_cast<size_t>(text[0] - '0');
		text.remove_prefix(1);
	}
	return number;
}

// The builder ends some mistakes with another line of the canonical text, which nobody sees.
std::string with_real_line(std::string_view text, const Canonical &canonical,
			   const Sources &sources)
{
	static constexpr std::string_view kBefore = "in line ";
	const size_t at = text.rfind(kBefore);
	std::string_view rest = at == text.npos ? "" : text.substr(at + kBefore.size());
	const bool digits = !rest.empty();
	const size_t line = take_number(rest);

	if (!digits || !rest.empty() || line == 0 || line > canonical.lines.size())
		return std::string(text);
	const Place place = canonical.lines[line - 1].place;
	return fmt::format("{}in {}:{}", text.substr(0, at), printable(sources[place.file].name),
			   place.line);
}

// A line `LINE: TEXT` or `LINE: warning: TEXT`.
void tell(std::string_view text, const Canonical &canonical, const Sources &sources,
	  Diagnostics &out, std::vector<std::string> *whole)
{
	static constexpr std::string_view kWarning = "warning: ";
	const size_t line = take_number(text);

	text.remove_prefix(std::min<size_t>(2, text.size()));
	if (line == 0 && whole) {
		whole->emplace_back(text);
		return;
	}
	const bool warning = text.substr(0, kWarning.size()) == kWarning;
	if (warning)
		text.remove_prefix(kWarning.size());
	const Place place = canonical.place_of(line, text);
	const std::string told = printable(with_real_line(text, canonical, sources));
	if (warning)
		out.warning(place, told);
	else
		out.error(place, told);
}

} // namespace

void tell_mistakes(std::string_view told, const Canonical &canonical, const Sources &sources,
		   Diagnostics &out, std::vector<std::string> *whole)
{
	while (!told.empty()) {
		const size_t end = std::min(told.find('\n'), told.size());

		tell(told.substr(0, end), canonical, sources, out, whole);
		told.remove_prefix(std::min(end + 1, told.size()));
	}
}

void judge(const Canonical &canonical, const Sources &sources, Diagnostics &out)
{
	std::vector<char> room(kMistakesSize);
	khttpd::Mistakes mistakes(room);
	khttpd_config *config = khttpd::build_config(khttpd::Bytes::literal(canonical.text.data(),
									    canonical.text.size()),
						     false, mistakes);

	khttpd_config_destroy(config);
	tell_mistakes(room.data(), canonical, sources, out, nullptr);
	// A refusal without a word would pass for a good configuration.
	if (!config && out.errors() == 0)
		out.error({0, 1, 1}, "the configuration was refused");
}

} // namespace khttpdctl
