// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/spelling.h"

#include <algorithm>

#include <fmt/format.h>

namespace khttpdctl {

namespace {

constexpr size_t kShown = 60;

// The least number of characters to change, put in or leave out that make one word of the other.
size_t distance(std::string_view a, std::string_view b)
{
	std::vector<size_t> row(b.size() + 1);

	for (size_t j = 0; j <= b.size(); j++)
		row[j] = j;
	for (size_t i = 1; i <= a.size(); i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.size(); j++) {
			const size_t changed = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
		}
	}
	return row[b.size()];
}

bool continues_character(char c)
{
	return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool is_digits(std::string_view text)
{
	return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

size_t find_other_byte(std::string_view text)
{
	for (size_t i = 0; i < text.size();) {
		const unsigned char first = static_cast<unsigned char>(text[i]);
		const size_t size = first < 0x80		  ? 1 :
				    first >= 0xc2 && first < 0xe0 ? 2 :
				    first >= 0xe0 && first < 0xf0 ? 3 :
				    first >= 0xf0 && first < 0xf5 ? 4 :
								    0;

		if (size == 0 || i + size > text.size())
			return i;
		for (size_t more = 1; more < size; more++) {
			if (!continues_character(text[i + more]))
				return i;
		}
		i += size;
	}
	return text.npos;
}

std::string_view trim(std::string_view text)
{
	while (!text.empty() && is_blank(text.front()))
		text.remove_prefix(1);
	while (!text.empty() && (is_blank(text.back()) || text.back() == '\r'))
		text.remove_suffix(1);
	return text;
}

std::string lower(std::string_view text)
{
	std::string out(text);

	for (char &c : out)
		c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
	return out;
}

std::string printable(std::string_view text)
{
	std::string out;

	for (char c : text) {
		const unsigned char byte = static_cast<unsigned char>(c);

		if (byte < 0x20 || byte == 0x7f)
			out += fmt::format("\\x{:02x}", byte);
		else
			out += c;
	}
	return out;
}

std::string shown(std::string_view text)
{
	if (text.size() <= kShown)
		return printable(text);
	size_t end = kShown;
	while (end > 0 && continues_character(text[end]))
		end--;
	return printable(text.substr(0, end)) + "...";
}

std::string nearest(std::string_view word, const std::vector<std::string> &candidates)
{
	size_t best = word.size() < 4 ? 2 : word.size() < 8 ? 3 : 4;
	std::string found;

	if (word.size() > kShown)
		return found;
	for (const std::string &candidate : candidates) {
		// As many characters more or less are as many changes.
		if (candidate.size() + best <= word.size() ||
		    word.size() + best <= candidate.size())
			continue;
		const size_t near = distance(word, candidate);
		if (near < best) {
			best = near;
			found = candidate;
		}
	}
	return found;
}

std::string suggestion(std::string_view word, const std::vector<std::string> &candidates)
{
	const std::string meant = nearest(word, candidates);

	return meant.empty() ? "" : "; did you mean " + meant + "?";
}

} // namespace khttpdctl
