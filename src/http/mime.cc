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

// Whether an extension in any case sorts before (< 0), at or behind (> 0) one in the table.
int compare_extension(Bytes any, Bytes known)
{
	usize i = 0;

	while (i < any.size() && i < known.size() && to_lower(any[i]) == known[i])
		i++;
	if (i == any.size() || i == known.size())
		return (i == known.size()) - (i == any.size());
	return to_lower(any[i]) < known[i] ? -1 : 1;
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

Bytes mime_type_of(Bytes path)
{
	const Bytes extension = extension_of(path);
	usize low = 0;
	usize high = kMimeLines.size();

	if (extension.empty() || extension.size() > kMaxExtensionSize)
		high = 0;
	while (low < high) {
		usize start = low + (high - low) / 2;

		while (start > low && kMimeLines[start - 1] != '\n')
			start--;

		const Bytes remainder = kMimeLines.drop(start);
		const Bytes line = remainder.prefix(remainder.find('\n'));
		const usize space = line.find(' ');
		const int order = compare_extension(extension, line.prefix(space));

		if (order == 0)
			return line.drop(space + 1);
		if (order < 0)
			high = start;
		else
			low = start + line.size() + 1;
	}
	return "application/octet-stream"_b;
}

bool mime_takes_charset(Bytes type)
{
	return type.starts_with("text/"_b);
}

} // namespace khttpd
