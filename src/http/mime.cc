// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/mime.h"

namespace khttpd {

namespace {

// Lines of "extension type" in order, so that they are searched by halving.
constexpr char kMimeText[] =
#include "http/mime_types.inc"
	;

constexpr Bytes kMimeLines = Bytes::literal(kMimeText, sizeof(kMimeText) - 1);

constexpr usize kMaxExtensionSize = 32;

consteval usize count_lines()
{
	usize count = 0;

	for (usize i = 0; i + 1 < sizeof(kMimeText); i++)
		count += kMimeText[i] == '\n';
	return count;
}

// Where each line of the table begins.
struct LineStarts {
	u16 at[count_lines()];
};

consteval LineStarts find_lines()
{
	LineStarts starts = {};
	usize line = 0;

	for (usize i = 0; i + 1 < sizeof(kMimeText); i++)
		if (i == 0 || kMimeText[i - 1] == '\n')
			starts.at[line++] = static_cast<u16>(i);
	return starts;
}

static_assert(sizeof(kMimeText) < 0xffff);
constexpr LineStarts kMimeLineStarts = find_lines();

// Whether an extension in any case sorts before (< 0), at or behind (> 0) that of a line. In the
// table's order the end of an extension, where the line has a space, comes before all characters.
int compare_extension(Bytes any, Bytes line)
{
	usize i = 0;

	while (i < any.size() && to_lower(any[i]) == line[i])
		i++;
	if (i == any.size())
		return line[i] == ' ' ? 0 : -1;
	return to_lower(any[i]) < line[i] ? -1 : 1;
}

Bytes type_of(Bytes line)
{
	const Bytes type = line.drop(line.find(' ') + 1);

	return type.prefix(type.find('\n'));
}

Bytes extension_of(Bytes path)
{
	usize i = path.size();

	while (i > 0 && path[i - 1] != '/' && path[i - 1] != '.')
		i--;
	// A name that only begins with a dot (".profile") has no extension.
	if (i < 2 || path[i - 1] == '/' || path[i - 2] == '/')
		return Bytes();
	return path.drop(i);
}

} // namespace

Bytes mime_type_of(Bytes path, Bytes unknown)
{
	const Bytes extension = extension_of(path);
	usize low = 0;
	usize high = count_lines();

	if (extension.empty() || extension.size() > kMaxExtensionSize)
		high = 0;
	while (low < high) {
		const usize middle = low + (high - low) / 2;
		const Bytes line = kMimeLines.drop(kMimeLineStarts.at[middle]);
		const int order = compare_extension(extension, line);

		if (order == 0)
			return type_of(line);
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return unknown;
}

bool mime_takes_charset(Bytes type)
{
	return type.starts_with("text/"_b);
}

} // namespace khttpd
