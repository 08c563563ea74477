// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Ranges: within the representation, apart from each other, no more than there is room for.
#include "fuzz.h"
#include "http/range.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;

	// The seeds are "SIZE FIELD-VALUE".
	const FuzzCopy copy(Bytes(data, size));
	const usize space = copy.bytes().find(' ');
	const FuzzCopy value(copy.bytes().drop(space + 1));
	ByteRange ranges[kMaxRanges];
	u64 total = 0;

	for (u8 c : copy.bytes().prefix(space))
		total = total * 10 + c % 10;

	const RangeResult result = parse_ranges(value.bytes(), total, ranges);

	FUZZ_CHECK((result.outcome == RangeOutcome::satisfiable) == (result.count != 0));
	FUZZ_CHECK(result.count <= count_ranges(value.bytes()));
	// What count_ranges() counts is enough room.
	const RangeResult exact =
		parse_ranges(value.bytes(), total, std::span(ranges, count_ranges(value.bytes())));
	FUZZ_CHECK(exact.outcome == result.outcome && exact.count == result.count);
	for (u32 i = 0; i < result.count; i++) {
		FUZZ_CHECK(ranges[i].first <= ranges[i].last && ranges[i].last < total);
		for (u32 j = 0; j < i; j++)
			FUZZ_CHECK(ranges[i].first > ranges[j].last + 1 ||
				   ranges[j].first > ranges[i].last + 1);
	}
	return 0;
}
