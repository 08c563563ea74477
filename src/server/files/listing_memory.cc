// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/listing_memory.h"

namespace khttpd {

namespace {

constexpr u32 kListingBlockMinimum = 4096;

} // namespace

void ListingBlock::release()
{
	kh_held_free(net_, KH_HELD_listings, data_, capacity_);
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
	u8 *grown =
		static_cast<u8 *>(kh_held_alloc(net_, KH_HELD_listings, capacity, KH_GFP_KERNEL));
	if (!grown)
		return false;
	if (used)
		__builtin_memcpy(grown, data_, used);
	release();
	data_ = grown;
	capacity_ = capacity;
	return true;
}

} // namespace khttpd
