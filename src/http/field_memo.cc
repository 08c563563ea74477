// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/field_memo.h"

#include "http/request_parser.h"

namespace khttpd {

static_assert(sizeof(FieldMemo) == 2048);

// Returns the section's size when `tail`, which is at `start` in the head, begins with it. The
// parser is left then as parsing would have left it; else 0 is returned and nothing has changed. No
// field is judged by the request line, and the limits are the end of `tail` and `limit`.
KH_FORCE_INLINE u16 RequestParser::recall(FieldMemo &memo, Bytes tail, u16 start, u16 limit)
{
	if (memo.field_count_ > limit || !memo.remembers(tail))
		return 0;
	request_.field_section = {start, static_cast<u16>(memo.size_ - 2)};
	request_.content_length = memo.content_length_;
	request_.present_ = memo.present_;
	request_.repeated_ = memo.repeated_;
	for (u32 left = memo.present_; left != 0; left &= left - 1) {
		const usize i = static_cast<usize>(__builtin_ctz(left));
		const Slice value = memo.fields_[i];

		request_.fields_[i] = {static_cast<u16>(value.offset + start), value.size};
	}
	notes_ = memo.notes_;
	field_count_ = memo.field_count_;
	state_ = State::end_lf;
	memo.misses_ = 0;
	memo.wait_ = 0;
	return memo.size_;
}

// Keeps the section of the head that was just accepted.
void RequestParser::remember(FieldMemo &memo, const u8 *base) const
{
	const u16 start = request_.field_section.offset;
	const usize size = pos_ - start;

	if (size < 8 || size > FieldMemo::kCapacity || !memo.wants_another())
		return;
	memo.size_ = static_cast<u16>(size);
	memo.field_count_ = field_count_;
	memo.notes_ = notes_;
	memo.content_length_ = request_.content_length;
	memo.present_ = request_.present_;
	memo.repeated_ = request_.repeated_;
	memo.version_minor_ = request_.version_minor;
	memo.framing_ = request_.framing;
	memo.keep_alive_ = request_.keep_alive;
	memo.expect_continue_ = request_.expect_continue;
	for (u32 left = request_.present_; left != 0; left &= left - 1) {
		const usize i = static_cast<usize>(__builtin_ctz(left));
		const Slice value = request_.fields_[i];

		memo.fields_[i] = {static_cast<u16>(value.offset - start), value.size};
	}
	copy_words(memo.bytes_, base + start, size);
}

} // namespace khttpd
