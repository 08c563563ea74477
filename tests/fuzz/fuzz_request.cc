// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Request heads: the same verdict whole, in two parts and byte by byte; parts that lie within.
#include <cstring>

#include "fuzz.h"
#include "http/conditional.h"
#include "http/accept_encoding.h"
#include "http/request_parser.h"
#include "same_request.h"

namespace khttpd {

namespace {

constexpr HeadLimits kLimits = {2048, 512, 20};

void check_slice(Slice slice, u32 head)
{
	FUZZ_CHECK(slice.offset + slice.size <= head);
}

void check_done(Bytes head, const Request &request, u32 consumed)
{
	const Bytes end = head.prefix(consumed);

	FUZZ_CHECK(consumed >= 16 && consumed <= kLimits.header_size &&
		   end.ends_with("\r\n\r\n"_b));
	check_slice(request.method_name, consumed);
	check_slice(request.target, consumed);
	check_slice(request.path, consumed);
	check_slice(request.query, consumed);
	check_slice(request.authority, consumed);
	check_slice(request.field_section, consumed);
	FUZZ_CHECK(request.target.size != 0 && request.target.size <= kLimits.target_size);
	FUZZ_CHECK(request.version_minor <= 1);
	FUZZ_CHECK(request.version_minor == 0 || request.has(Field::host));
	FUZZ_CHECK(!request.repeated(Field::host) && !request.repeated(Field::content_length));
	FUZZ_CHECK((request.framing == Framing::length) == request.has(Field::content_length));
	FUZZ_CHECK((request.framing == Framing::chunked) == request.has(Field::transfer_encoding));
	FUZZ_CHECK(!request.expect_continue || request.framing != Framing::none);
	for (usize i = 0; i < kFieldCount; i++) {
		const Field field = static_cast<Field>(i);
		FieldLines lines(head, request, field);
		u32 count = 0;
		Bytes value;

		check_slice(request.field(field), consumed);
		while (lines.next(value)) {
			if (count++ == 0)
				FUZZ_CHECK(value == request.field(field).of(head));
			FUZZ_CHECK(value.find('\r') == value.size());
			FUZZ_CHECK(value.find('\n') == value.size());
			FUZZ_CHECK(value.find(0) == value.size());
		}
		FUZZ_CHECK(request.has(field) == (count > 0));
		FUZZ_CHECK(request.repeated(field) == (count > 1));
	}
	const Validators validators = {"\"a\""_b, 784111777, true};

	evaluate_conditions(head, request, validators, 1704067200);
	CodingPreferences(head, request).choose(~0u);
}

bool same(const ParseResult &a, const ParseResult &b)
{
	return a.outcome == b.outcome && a.status == b.status && a.consumed == b.consumed;
}

// Feeds growing prefixes; the first verdict that is not need_more, or the last one.
ParseResult parse_in_steps(RequestParser &parser, Bytes head, usize first, usize step)
{
	parser.reset();
	for (usize size = first; size < head.size(); size += step) {
		const FuzzCopy part(head.prefix(size));
		const ParseResult result = parser.parse(part.bytes(), kLimits);

		if (result.outcome != ParseOutcome::need_more)
			return result;
	}
	const FuzzCopy whole(head);

	return parser.parse(whole.bytes(), kLimits);
}

// The memo of what came before must not show.
void check_with_memo(FieldMemo &memo, Bytes input)
{
	static RequestParser with;
	static RequestParser without;
	const FuzzCopy copy(input);

	with.reset();
	without.reset();

	const ParseResult expected = without.parse(copy.bytes(), kLimits);

	FUZZ_CHECK(same(with.parse(copy.bytes(), kLimits, &memo), expected));
	FUZZ_CHECK(expected.outcome != ParseOutcome::done ||
		   same(with.request(), without.request()));
}

// The input twice, then its fields below other request lines and with a byte changed.
void check_memo(Bytes input, usize cut, const Request *request)
{
	static FieldMemo memo;
	static u8 other[4096 + 64];

	memset(static_cast<void *>(&memo), 0, sizeof(memo));
	check_with_memo(memo, input);
	check_with_memo(memo, input);
	if (!request)
		return;

	const Bytes fields = input.drop(request->field_section.offset);

	for (Bytes line : {"GET /a?b HTTP/1.1\r\n"_b, "GET / HTTP/1.0\r\n"_b,
			   "POST / HTTP/1.1\r\n"_b, "\r\nGET / HTTP/1.1\r\n"_b}) {
		memcpy(other, line.data(), line.size());
		memcpy(other + line.size(), fields.data(), fields.size());
		check_with_memo(memo, {other, line.size() + fields.size()});
		other[line.size() + cut % fields.size()] ^= static_cast<u8>(1 + cut % 255);
		check_with_memo(memo, {other, line.size() + fields.size()});
	}
}

} // namespace

} // namespace khttpd

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	using namespace khttpd;

	static RequestParser whole;
	static RequestParser parts;
	const Bytes input(data, size < 4096 ? size : 4096);
	const ParseResult expected = parse_in_steps(whole, input, input.size(), 1);
	const usize cut = input.empty() ? 0 : input[input.size() - 1] * input.size() / 256;

	if (expected.outcome == ParseOutcome::done)
		check_done(input, whole.request(), expected.consumed);
	FUZZ_CHECK(expected.outcome == ParseOutcome::bad || expected.status == Status::none);
	FUZZ_CHECK(expected.outcome != ParseOutcome::bad || status_class(expected.status) >= 4);
	FUZZ_CHECK(same(parse_in_steps(parts, input, cut, input.size() + 1), expected));
	if (expected.outcome == ParseOutcome::done)
		check_done(input, parts.request(), expected.consumed);
	check_memo(input, cut, expected.outcome == ParseOutcome::done ? &whole.request() : nullptr);
	// Costly, hence for some only.
	if (input.size() < 300 && cut % 8 == 0)
		FUZZ_CHECK(same(parse_in_steps(parts, input, 0, 1), expected));
	return 0;
}
