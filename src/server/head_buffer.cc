// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/head_buffer.h"

namespace khttpd {

namespace {
constexpr u32 kHeadBufferMinimum = 1024;
}

bool HeadBuffer::append(Bytes more)
{
	u32 wanted = size_ + static_cast<u32>(more.size());

	if (wanted > capacity_) {
		u32 capacity = capacity_ ? capacity_ : kHeadBufferMinimum;

		while (capacity < wanted)
			capacity *= 2;
		u8 *grown =
			static_cast<u8 *>(kh_held_alloc(KH_HELD_heads, capacity, KH_GFP_ATOMIC));
		if (!grown)
			return false;
		if (size_)
			__builtin_memcpy(grown, data_, size_);
		kh_held_free(KH_HELD_heads, data_, capacity_);
		data_ = grown;
		capacity_ = capacity;
	}
	__builtin_memcpy(data_ + size_, more.data(), more.size());
	size_ = wanted;
	return true;
}

} // namespace khttpd
