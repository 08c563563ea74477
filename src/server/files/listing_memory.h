// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Blocks in which a directory listing is made. Each listing is made for a request, and peers choose
 * how many there are: they count as KH_HELD_listings, as the page made of them does. Process
 * context, but for what frees.
 */
#pragma once

#include "kapi/kapi.h"

namespace khttpd {

// A block that grows. Owned by whoever has it; contents move.
class ListingBlock {
public:
	explicit ListingBlock(kh_net *net) : net_(net) {}
	ListingBlock(const ListingBlock &) = delete;
	ListingBlock &operator=(const ListingBlock &) = delete;
	~ListingBlock() { release(); }

	// Sees to it that there is room for `size` bytes, of which the first `used` are kept. False
	// when there is no memory; the block is then as before.
	[[nodiscard]] bool reserve(u32 size, u32 used);
	void release();
	u8 *data() const { return data_; }

private:
	kh_net *net_; // whose memory it counts as
	u8 *data_ = nullptr;
	u32 capacity_ = 0;
};

} // namespace khttpd
