// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/head_buffer.h"

namespace khttpd {

namespace {
constexpr u32 kHeadBufferMinimum = 256;
}

kh_verdict HeadBuffer::append(kh_net *net, Bytes more)
{
	u32 wanted = size_ + static_cast<u32>(more.size());

	if (wanted > capacity_) {
		u32 capacity = capacity_ ? capacity_ : kHeadBufferMinimum;

		while (capacity < wanted)
			capacity *= 2;
		if (!kh_held_take(net, KH_HELD_heads, capacity))
			return KH_ABORT;
		u8 *grown = static_cast<u8 *>(kh_alloc(capacity, KH_GFP_ATOMIC));
		if (!grown) {
			kh_stat_add(net, KH_STAT_out_of_memory, 1);
			kh_held_give(net, KH_HELD_heads, capacity);
			return KH_STARVED;
		}
		if (size_)
			__builtin_memcpy(grown, data_, size_);
		kh_held_free(net, KH_HELD_heads, data_, capacity_);
		data_ = grown;
		capacity_ = capacity;
	}
	__builtin_memcpy(data_ + size_, more.data(), more.size());
	size_ = wanted;
	return KH_CONTINUE;
}

} // namespace khttpd
