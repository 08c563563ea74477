// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/target.h"

#include "http/chars.h"

namespace khttpd {

namespace {

// The size, or the reason there is none.
struct DecodedPath {
	Status status;
	usize size;
};

// Decodes a path, which is not empty, as far as there is room in `out`.
DecodedPath percent_decode(Bytes path, u8 *out, usize room)
{
	usize size = 0;
	usize i = 0;

	do {
		// So many bytes fit whatever they are: nearly always that is the whole path.
		const usize fits = i + room - size;
		const usize stop = fits < path.size() ? fits : path.size();

		if (size == room)
			return {Status::not_found, 0};
		for (; i < stop; i++) {
			int c = path[i];

			if (c == '%') {
				c = escaped_byte(path.drop(i));
				if (c < 0)
					return {Status::bad_request, 0};
				// A name cannot contain a slash: another one would be meant.
				if (c == '/')
					return {Status::not_found, 0};
				i += 2;
			}
			if (c == 0)
				return {Status::not_found, 0};
			out[size++] = static_cast<u8>(c);
		}
	} while (i < path.size());
	return {Status::none, size};
}

// Removes dot segments in place; the text begins with '/'. False when it climbs above the root.
bool remove_dot_segments(u8 *text, usize &size)
{
	usize to = 0;
	usize from = 0;

	while (from < size) {
		const Bytes remainder(text + from + 1, size - from - 1);
		const usize segment = remainder.find('/');
		const Bytes name = remainder.prefix(segment);
		const bool last = segment == remainder.size();

		from += 1 + segment;
		if (name == "."_b || name == ".."_b) {
			if (name.size() == 2) {
				if (to == 0)
					return false;
				while (text[--to] != '/')
					;
			}
			if (last)
				text[to++] = '/';
			continue;
		}
		text[to] = '/';
		__builtin_memmove(text + to + 1, name.data(), name.size());
		to += 1 + name.size();
	}
	size = to;
	return true;
}

usize merge_slashes(u8 *text, usize size)
{
	usize to = 0;

	for (usize i = 0; i < size; i++) {
		if (text[i] != '/' || to == 0 || text[to - 1] != '/')
			text[to++] = text[i];
	}
	return to;
}

bool has_hidden_segment(Bytes path)
{
	const Bytes well_known = "/.well-known"_b;
	usize i = 0;

	if (path.starts_with(well_known) &&
	    (path.size() == well_known.size() || path[well_known.size()] == '/'))
		i = well_known.size();
	for (; i + 1 < path.size(); i++) {
		if (path[i] == '/' && path[i + 1] == '.')
			return true;
	}
	return false;
}

// Copies a path that is normal already, as nearly all are, and shows no hidden name. False for any
// other, and where there is no room.
bool copy_normal(Bytes path, std::span<u8> out)
{
	u8 before = 0;

	if (path.size() >= out.size())
		return false;
	for (usize i = 0; i < path.size(); i++) {
		const u8 c = path[i];

		if (c == '%' || c == 0 || (before == '/' && (c == '/' || c == '.')))
			return false;
		before = c;
		out[i] = c;
	}
	out[path.size()] = 0;
	return true;
}

} // namespace

NormalizedPath normalize_path(Bytes path, std::span<u8> out)
{
	if (path.empty())
		path = "/"_b;
	if (path[0] != '/')
		return {Status::bad_request, Bytes(), false, false};
	if (out.empty())
		return {Status::not_found, Bytes(), false, false};
	if (copy_normal(path, out))
		return {Status::none, {out.data(), path.size()}, path.back() == '/', false};

	DecodedPath decoded = percent_decode(path, out.data(), out.size() - 1);

	if (decoded.status == Status::none && !remove_dot_segments(out.data(), decoded.size))
		decoded.status = Status::not_found;
	if (decoded.status != Status::none)
		return {decoded.status, Bytes(), false, false};

	const usize size = merge_slashes(out.data(), decoded.size);
	const Bytes result(out.data(), size);

	out[size] = 0;
	return {Status::none, result, result.back() == '/', has_hidden_segment(result)};
}

} // namespace khttpd
