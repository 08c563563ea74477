// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/range.h"

#include "base/checked.h"
#include "http/chars.h"

namespace khttpd {

namespace {

// Takes digits off the text. A number beyond 64 bits becomes the largest. False when there is none.
bool take_position(Bytes &remainder, u64 &value)
{
	usize i = 0;

	value = 0;
	for (; i < remainder.size() && is_digit(remainder[i]); i++) {
		if (!push_digit(value, remainder[i]))
			value = kU64Max;
	}
	remainder = remainder.drop(i);
	return i != 0;
}

enum class SpecKind : u8 {
	malformed,
	satisfiable,
	unsatisfiable,
	// All of an empty representation: no Content-Range can say so, and Range may be ignored
	// (RFC 9110 section 14.2). Who asks for what there is from the first byte on, or for the
	// last bytes, gets what there is.
	everything,
};

// int-range / suffix-range
SpecKind parse_range_spec(Bytes spec, u64 size, ByteRange &range)
{
	u64 first;
	u64 last = kU64Max;

	if (spec[0] == '-') {
		Bytes remainder = spec.drop(1);
		u64 suffix;

		if (!take_position(remainder, suffix) || !remainder.empty())
			return SpecKind::malformed;
		if (suffix == 0)
			return SpecKind::unsatisfiable;
		if (size == 0)
			return SpecKind::everything;
		range = {suffix < size ? size - suffix : 0, size - 1};
		return SpecKind::satisfiable;
	}
	if (!take_position(spec, first) || spec.empty() || spec[0] != '-')
		return SpecKind::malformed;
	spec = spec.drop(1);
	if (!spec.empty() && (!take_position(spec, last) || !spec.empty()))
		return SpecKind::malformed;
	if (last < first)
		return SpecKind::malformed;
	if (first >= size)
		return first == 0 ? SpecKind::everything : SpecKind::unsatisfiable;
	range = {first, last < size ? last : size - 1};
	return SpecKind::satisfiable;
}

// Adds a range that begins at or behind the beginning of the last, as do all before it. So it can
// touch the last alone.
u32 append_range(std::span<ByteRange> ranges, u32 count, ByteRange added)
{
	if (count == 0 || added.first > ranges[count - 1].last + 1) {
		ranges[count] = added;
		return count + 1;
	}
	if (added.last > ranges[count - 1].last)
		ranges[count - 1].last = added.last;
	return count;
}

// Adds a range, joining it with those it overlaps or touches, in the place of the first of them.
u32 join_range(std::span<ByteRange> ranges, u32 count, ByteRange added)
{
	u32 place = count;

	for (u32 i = 0; i < count;) {
		const ByteRange other = ranges[i];

		if (added.first > other.last + 1 || other.first > added.last + 1) {
			i++;
			continue;
		}
		added.first = other.first < added.first ? other.first : added.first;
		added.last = other.last > added.last ? other.last : added.last;
		count--;
		for (u32 j = i; j < count; j++)
			ranges[j] = ranges[j + 1];
		place = i < place ? i : place;
		// It may have grown to touch what it did not touch before.
		i = 0;
	}
	place = place < count ? place : count;
	for (u32 j = count; j > place; j--)
		ranges[j] = ranges[j - 1];
	ranges[place] = added;
	return count + 1;
}

} // namespace

u32 count_ranges(Bytes value)
{
	u32 count = 0;

	// Each has one, and what has none is malformed.
	for (u8 c : value)
		count += c == '-';
	return count < kMaxRanges ? count : kMaxRanges;
}

RangeResult parse_ranges(Bytes value, u64 size, std::span<ByteRange> out)
{
	constexpr RangeResult ignore = {RangeOutcome::ignore, 0};
	const usize equals = value.find('=');
	Bytes remainder = value.drop(equals + 1);
	Bytes spec;
	u32 count = 0;
	u32 specs = 0;
	bool everything = false;
	bool ordered = true;

	// Unit names are case-insensitive (RFC 9110 section 14.1).
	if (!equals_ignore_case(value.prefix(equals), "bytes"_b))
		return ignore;
	while (next_list_element(remainder, spec)) {
		ByteRange range{};

		if (specs++ >= out.size())
			return ignore;
		switch (parse_range_spec(spec, size, range)) {
		case SpecKind::malformed:
			return ignore;
		case SpecKind::everything:
			everything = true;
			break;
		case SpecKind::unsatisfiable:
			break;
		case SpecKind::satisfiable:
			ordered = ordered && (count == 0 || range.first >= out[count - 1].first);
			count = ordered ? append_range(out, count, range) :
					  join_range(out, count, range);
			break;
		}
		if (!ordered && specs > kMaxUnorderedRanges)
			return ignore;
	}
	if (count != 0)
		return {RangeOutcome::satisfiable, count};
	if (specs == 0 || everything)
		return ignore;
	return {RangeOutcome::unsatisfiable, 0};
}

} // namespace khttpd
