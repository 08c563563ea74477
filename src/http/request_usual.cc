// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/chars.h"
#include "http/request_parser.h"
#include "http/request_words.h"

namespace khttpd {

// Takes the request line of a head that begins with a GET of an origin-form target and has the line
// in one piece, and with it all fields that the memo knows. Returns the size of the head when that
// is all of it, and 0 when parse_any() is to go on.
u16 RequestParser::parse_usual(Bytes head, const HeadLimits &limits, FieldMemo *memo)
{
	const Bytes seen = head.prefix(head_limit(limits));
	const u8 *const base = seen.data();
	const u8 *const end = seen.end();

	if (seen.size() < 8 || load32(base) != kGetAndSpace || base[kGetAndSpaceSize] != '/')
		return 0;

	const u8 *p = skip_class(base + kGetAndSpaceSize + 1, end, kCharTarget);
	const usize path_size = static_cast<usize>(p - base) - kGetAndSpaceSize;
	Slice query;

	if (p != end && *p == '?') {
		const u8 *const start = ++p;

		p = skip_class(p, end, kCharTarget | kCharQuery);
		query = {static_cast<u16>(start - base), static_cast<u16>(p - start)};
	}

	const usize target_size = static_cast<usize>(p - base) - kGetAndSpaceSize;

	if (end - p < static_cast<std::ptrdiff_t>(kSpaceAndVersionEndSize) || *p != ' ' ||
	    target_size > limits.target_size)
		return 0;

	const u64 minor = usual_version(p + 1);
	const u16 start =
		static_cast<u16>(kGetAndSpaceSize + target_size + kSpaceAndVersionEndSize);

	if (minor > 1)
		return 0;
	request_.method = Method::get;
	request_.version_minor = static_cast<u8>(minor);
	request_.method_name = {0, kGetAndSpaceSize - 1};
	request_.target = {kGetAndSpaceSize, static_cast<u16>(target_size)};
	request_.path = {kGetAndSpaceSize, static_cast<u16>(path_size)};
	request_.query = query;
	request_.field_section.offset = start;
	state_ = State::field;
	pos_ = start;
	if (memo == nullptr || minor != memo->version_minor_)
		return 0;

	const u16 size = recall(*memo, seen.drop(start), start, limits.header_count);

	if (size == 0)
		return 0;
	request_.keep_alive = memo->keep_alive_;
	request_.expect_continue = memo->expect_continue_;
	request_.framing = memo->framing_;
	pos_ = static_cast<u16>(start + size);
	return pos_;
}

} // namespace khttpd
