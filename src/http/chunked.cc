// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/chunked.h"

#include "http/chars.h"

namespace khttpd {

namespace {

// RFC 9112 section 7.1.1 wants the total length of extensions limited: 16 KiB and a quarter of the
// content, for extensions and for zeros before a size. What a size and its line end need is not
// counted: however small its chunks are, a body is bounded by its content.
constexpr u32 kChunkOverheadBase = 16384;
constexpr u32 kChunkTrailerLimit = 8192;

// A chunk that lies in one piece and says no more than it has to.
struct UsualChunk {
	u32 size;    // of its content
	u32 encoded; // with its line and the end of line after it; 0 when it is not such a chunk
};

// The short way for what nearly all chunks are, and for those of a byte each, of which a peer can
// make as many as it likes: what it does not take is seen byte by byte. A first digit of zero is
// not for it, as zeros are counted and the last chunk has none other.
KH_FORCE_INLINE UsualChunk usual_chunk(const u8 *const begin, const u8 *const end)
{
	const u8 *p = begin;
	u32 size = 0;

	for (int digit; p != end && p - begin < 5 && (digit = hex_value(*p)) >= 0; p++)
		size = size << 4 | static_cast<u32>(digit);
	if (*begin == '0' || end - p < 4 || p[0] != '\r' || p[1] != '\n')
		return {0, 0};
	p += 2;
	if (size == 0 || static_cast<u64>(end - p) < u64{size} + 2)
		return {0, 0};
	p += size;
	if (p[0] != '\r' || p[1] != '\n')
		return {0, 0};
	return {size, static_cast<u32>(p + 2 - begin)};
}

} // namespace

void ChunkedDecoder::reset()
{
	remaining_ = 0;
	total_ = 0;
	overhead_ = 0;
	trailer_size_ = 0;
	state_ = State::size_first;
}

ChunkedDecoder::Step ChunkedDecoder::feed(Bytes in, u64 limit)
{
	const u8 *p = in.data();
	const u8 *const end = in.end();
	u32 data_bytes = 0;

	while (p != end && state_ < State::done) {
		if (state_ == State::size_first) {
			const UsualChunk chunk = usual_chunk(p, end);

			if (chunk.encoded != 0 && !exceeds(chunk.size, limit)) {
				p += chunk.encoded;
				data_bytes += chunk.size;
				total_ += chunk.size;
				continue;
			}
		}
		if (state_ == State::data) {
			const u64 here = static_cast<u64>(end - p);
			const u32 n = static_cast<u32>(here < remaining_ ? here : remaining_);

			p += n;
			data_bytes += n;
			total_ += n;
			remaining_ -= n;
			if (remaining_ == 0)
				state_ = State::data_cr;
			continue;
		}
		state_ = next(*p, limit);
		if (state_ <= State::done)
			p++;
	}
	return {static_cast<u32>(p - in.data()),
		state_ == State::done	   ? Outcome::done :
		state_ == State::bad	   ? Outcome::bad :
		state_ == State::too_large ? Outcome::too_large :
					     Outcome::more,
		data_bytes};
}

ChunkedDecoder::State ChunkedDecoder::next(u8 c, u64 limit)
{
	if (state_ <= State::size_lf)
		return size_next(c, limit);
	if (state_ == State::data_cr)
		return c == '\r' ? State::data_lf : State::bad;
	if (state_ == State::data_lf)
		return c == '\n' ? State::size_first : State::bad;
	return trailer_next(c);
}

ChunkedDecoder::State ChunkedDecoder::size_next(u8 c, u64 limit)
{
	const int digit = hex_value(c);

	switch (state_) {
	case State::size_first:
	case State::size:
		if (digit >= 0) {
			if (remaining_ >> 59 != 0)
				return State::too_large;
			// The digit before was a zero that says nothing.
			if (state_ == State::size && remaining_ == 0 && !charge())
				return State::bad;
			remaining_ = remaining_ << 4 | static_cast<u64>(digit);
			return State::size;
		}
		if (state_ == State::size_first)
			return State::bad;
		if (c == '\r')
			return State::size_lf;
		if (!charge())
			return State::bad;
		if (c == ';')
			return State::ext_name_first;
		return is_ows(c) ? State::ext : State::bad;
	case State::size_lf:
		if (c != '\n')
			return State::bad;
		if (remaining_ == 0)
			return State::line_first;
		return exceeds(remaining_, limit) ? State::too_large : State::data;
	default:
		return extension_next(c);
	}
}

// A byte that could have been left out. False when there were too many of them.
bool ChunkedDecoder::charge()
{
	return overhead_++ <= kChunkOverheadBase + total_ / 4;
}

// *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
ChunkedDecoder::State ChunkedDecoder::extension_next(u8 c)
{
	const bool token = is_token_char(c);

	if (!charge())
		return State::bad;
	switch (state_) {
	case State::ext:
	case State::ext_after_value:
		if (c == ';')
			return State::ext_name_first;
		return is_ows(c) ? state_ : State::bad;
	case State::ext_name_first:
		if (token)
			return State::ext_name;
		return is_ows(c) ? state_ : State::bad;
	case State::ext_name:
		if (token)
			return state_;
		if (c == '\r')
			return State::size_lf;
		[[fallthrough]];
	case State::ext_after_name:
		if (c == '=')
			return State::ext_value_first;
		if (c == ';')
			return State::ext_name_first;
		return is_ows(c) ? State::ext_after_name : State::bad;
	case State::ext_value_first:
		if (c == '"')
			return State::ext_quoted;
		if (token)
			return State::ext_token;
		return is_ows(c) ? state_ : State::bad;
	case State::ext_token:
		if (token)
			return state_;
		[[fallthrough]];
	case State::ext_value_end:
		if (c == '\r')
			return State::size_lf;
		if (c == ';')
			return State::ext_name_first;
		return is_ows(c) ? State::ext_after_value : State::bad;
	case State::ext_quoted:
		if (c == '"')
			return State::ext_value_end;
		if (c == '\\')
			return State::ext_quoted_pair;
		return has_class(c, kCharText) ? state_ : State::bad;
	case State::ext_quoted_pair:
		return has_class(c, kCharText) ? State::ext_quoted : State::bad;
	default:
		return State::bad;
	}
}

// trailer-section CRLF, with the syntax of header fields.
ChunkedDecoder::State ChunkedDecoder::trailer_next(u8 c)
{
	if (trailer_size_++ > kChunkTrailerLimit)
		return State::bad;
	switch (state_) {
	case State::line_first:
		if (c == '\r')
			return State::end_lf;
		return is_token_char(c) ? State::trailer_name : State::bad;
	case State::trailer_name:
		if (c == ':')
			return State::trailer_value;
		return is_token_char(c) ? state_ : State::bad;
	case State::trailer_value:
		if (c == '\r')
			return State::trailer_lf;
		return has_class(c, kCharText) ? state_ : State::bad;
	case State::trailer_lf:
		return c == '\n' ? State::line_first : State::bad;
	case State::end_lf:
		return c == '\n' ? State::done : State::bad;
	default:
		return State::bad;
	}
}

} // namespace khttpd
