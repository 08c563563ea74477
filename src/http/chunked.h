// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "base/bytes.h"

namespace khttpd {

// Decodes the chunked coding (RFC 9112 section 7.1), incrementally, counting the content rather
// than copying it. Strict: CRLF only, sizes of up to 63 bits, extensions and trailer fields checked
// for syntax and bounded; what trailers say is discarded.
class ChunkedDecoder {
public:
	enum class Outcome : u8 {
		more,
		done,
		bad,
		too_large, // than the limit, or than can be counted: as 413 says
	};
	struct Step {
		// How many bytes of the input belonged to the body: all of them if there is more.
		u32 consumed;
		Outcome outcome;
		// How many of those were content.
		u32 data_bytes;
	};

	ChunkedDecoder() { reset(); }

	void reset();
	// At most 4 GiB at a time. After anything but more, reset() must come first. A chunk that
	// would make the content larger than `limit` is too large as soon as its size line is read,
	// a size of more than 63 bits with the digit that makes it so.
	Step feed(Bytes in, u64 limit);
	// Content bytes since reset().
	u64 total() const { return total_; }

private:
	enum class State : u8 {
		size_first,
		size,
		ext,
		ext_name_first,
		ext_name,
		ext_after_name,
		ext_value_first,
		ext_token,
		ext_quoted,
		ext_quoted_pair,
		ext_value_end,
		ext_after_value,
		size_lf,
		data,
		data_cr,
		data_lf,
		line_first,
		trailer_name,
		trailer_value,
		trailer_lf,
		end_lf,
		done,
		bad,
		too_large,
	};

	bool exceeds(u64 size, u64 limit) const { return total_ > limit || size > limit - total_; }
	bool charge();
	State next(u8 c, u64 limit);
	State size_next(u8 c, u64 limit);
	State extension_next(u8 c);
	State trailer_next(u8 c);

	u64 remaining_;
	u64 total_;
	u32 overhead_;
	u32 trailer_size_;
	State state_;
};

} // namespace khttpd
