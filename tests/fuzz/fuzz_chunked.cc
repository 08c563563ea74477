// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Chunked bodies: the same result whole, in two parts and byte by byte, which has no short way for
// usual chunks; never more content than input.
#include "fuzz.h"
#include "http/chunked.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;
	using Outcome = ChunkedDecoder::Outcome;

	const Bytes input(data, size);
	const FuzzCopy copy(input);
	const usize cut = size == 0 ? 0 : data[size - 1] * size / 256;
	// Some inputs meet a limit of about their own size.
	const u64 limit = cut % 2 != 0 ? cut * 4 : kU64Max;
	ChunkedDecoder whole;
	ChunkedDecoder parts;
	const ChunkedDecoder::Step expected = whole.feed(copy.bytes(), limit);
	const FuzzCopy head(input.prefix(cut));
	ChunkedDecoder::Step step = parts.feed(head.bytes(), limit);
	u32 consumed = step.consumed;

	FUZZ_CHECK(expected.consumed <= size && expected.data_bytes <= expected.consumed);
	FUZZ_CHECK(expected.outcome != Outcome::more || expected.consumed == size);
	FUZZ_CHECK(whole.total() == expected.data_bytes && whole.total() <= limit);
	FUZZ_CHECK(expected.outcome != Outcome::done ||
		   input.prefix(expected.consumed).ends_with("\r\n\r\n"_b));
	if (step.outcome == Outcome::more) {
		const FuzzCopy tail(input.drop(cut));

		FUZZ_CHECK(step.consumed == cut);
		step = parts.feed(tail.bytes(), limit);
		consumed += step.consumed;
	}
	FUZZ_CHECK(step.outcome == expected.outcome);
	FUZZ_CHECK(consumed == expected.consumed && parts.total() == whole.total());

	ChunkedDecoder single;
	ChunkedDecoder::Step last = {0, Outcome::more, 0};
	usize taken = 0;

	while (taken < size && last.outcome == Outcome::more) {
		last = single.feed(input.sub(taken, 1), limit);
		taken += last.consumed;
	}
	FUZZ_CHECK(last.outcome == expected.outcome);
	FUZZ_CHECK(taken == expected.consumed && single.total() == whole.total());
	return 0;
}
