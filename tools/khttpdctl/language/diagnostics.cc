// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/diagnostics.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <tuple>

#include <fmt/format.h>
#include <unistd.h>

#include "language/spelling.h"

namespace khttpdctl {

namespace {

// Colours are for people: on a terminal, unless NO_COLOR has a text.
bool wants_colour(std::FILE *out)
{
	const char *no_color = std::getenv("NO_COLOR");
	const char *term = std::getenv("TERM");

	return isatty(fileno(out)) && !(no_color && *no_color) && term &&
	       std::strcmp(term, "dumb") != 0;
}

void print_line(std::FILE *out, const std::string &where, Severity severity,
		const std::string &text)
{
	const bool colour = wants_colour(out);
	const char *word = severity == Severity::error ? "error" : "warning";
	const char *hue = severity == Severity::error ? "\033[1;31m" : "\033[1;35m";
	const std::string line = fmt::format("{}{}: {}{}:{} {}\n", colour ? "\033[1m" : "", where,
					     colour ? hue : "", word, colour ? "\033[0m" : "",
					     text);

	std::fwrite(line.data(), 1, line.size(), out);
}

auto order_of(const Diagnostic &d)
{
	return std::tuple(d.place.file, d.place.line, d.place.column);
}

} // namespace

void Diagnostics::error(Place place, std::string text)
{
	errors_++;
	all_.push_back({place, Severity::error, std::move(text)});
}

void Diagnostics::warning(Place place, std::string text)
{
	all_.push_back({place, Severity::warning, std::move(text)});
}

void Diagnostics::print(std::FILE *out, const Sources &sources, bool warnings) const
{
	std::vector<Diagnostic> sorted = all_;

	std::stable_sort(sorted.begin(), sorted.end(),
			 [](const Diagnostic &a, const Diagnostic &b) {
				 return order_of(a) < order_of(b);
			 });
	for (const Diagnostic &d : sorted) {
		if (d.severity == Severity::warning && !warnings)
			continue;
		print_line(out,
			   fmt::format("{}:{}:{}", printable(sources[d.place.file].name),
				       std::max(d.place.line, 1u), std::max(d.place.column, 1u)),
			   d.severity, d.text);
	}
}

void print_problem(std::FILE *out, const std::string &name, const std::string &text)
{
	print_line(out, printable(name) + ":1:1", Severity::error, text);
}

} // namespace khttpdctl
