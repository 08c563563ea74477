// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A copy of a request head that is not yet complete. Empty, and without memory, for the many
 * requests that come in one piece. Counts as KH_HELD_heads of the server `net`, which is the same
 * in every call. BH context.
 */
#pragma once

#include "base/bytes.h"
#include "kapi/kapi.h"

namespace khttpd {

class HeadBuffer {
public:
	HeadBuffer() = default;
	HeadBuffer(const HeadBuffer &) = delete;
	HeadBuffer &operator=(const HeadBuffer &) = delete;

	Bytes bytes() const { return {data_, size_}; }
	bool empty() const { return size_ == 0; }
	// KH_CONTINUE; or, and the buffer is then as before, KH_STARVED when there is no memory now
	// and KH_ABORT when the bound of heads is reached. Any context.
	[[nodiscard]] kh_verdict append(kh_net *net, Bytes more);
	void release(kh_net *net)
	{
		kh_held_free(net, KH_HELD_heads, data_, capacity_);
		data_ = nullptr;
		size_ = capacity_ = 0;
	}

private:
	u8 *data_ = nullptr;
	u32 size_ = 0;
	u32 capacity_ = 0;
};

} // namespace khttpd
