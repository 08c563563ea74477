// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Dates: whatever is read is written as a date that reads the same, unless it lies before 1970.
#include "fuzz.h"
#include "http/date.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;

	const FuzzCopy copy(Bytes(data, size));
	const auto date = parse_http_date(copy.bytes(), 1704067200);
	u8 out[kHttpDateSize];

	if (!date)
		return 0;
	FUZZ_CHECK(*date >= -62167219200 && *date <= 253402300799);
	if (*date < 0)
		return 0;
	format_http_date(static_cast<u64>(*date), out);
	FUZZ_CHECK(parse_http_date(Bytes(out, sizeof(out)), 0) == *date);
	return 0;
}
