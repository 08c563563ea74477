// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/listing_memory.h"

namespace khttpd {

namespace {

constexpr u32 kListingMemory = 64 << 20;
constexpr u32 kListingBlockMinimum = 4096;

constinit u32 listing_memory_used = 0;

} // namespace

bool take_listing_memory(u32 bytes)
{
	u32 used = __atomic_load_n(&listing_memory_used, __ATOMIC_RELAXED);

	do {
		if (bytes > kListingMemory - used)
			return false;
	} while (!__atomic_compare_exchange_n(&listing_memory_used, &used, used + bytes, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return true;
}

void give_listing_memory(u32 bytes)
{
	__atomic_fetch_sub(&listing_memory_used, bytes, __ATOMIC_RELAXED);
}

void ListingBlock::release()
{
	kh_free(data_);
	give_listing_memory(capacity_);
	data_ = nullptr;
	capacity_ = 0;
}

bool ListingBlock::reserve(u32 size, u32 used)
{
	u32 capacity = capacity_ ? capacity_ : kListingBlockMinimum;

	if (size <= capacity_)
		return true;
	while (capacity < size)
		capacity *= 2;
	if (!take_listing_memory(capacity))
		return false;
	u8 *grown = static_cast<u8 *>(kh_alloc(capacity, KH_GFP_KERNEL));
	if (!grown) {
		give_listing_memory(capacity);
		return false;
	}
	if (used)
		__builtin_memcpy(grown, data_, used);
	release();
	data_ = grown;
	capacity_ = capacity;
	return true;
}

} // namespace khttpd
