// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Hands out memory of a fixed size from its front, in pieces that whoever owns the memory frees all
 * at once. Nothing is handed out beyond the end: what does not fit is an empty piece.
 */
#pragma once

#include <span>

#include "base/bytes.h"

namespace khttpd {

class Arena {
public:
	explicit constexpr Arena(std::span<u8> memory) : left_(memory) {}

	// Takes the next `size` bytes, of any alignment. Empty, and nothing is taken, when fewer
	// are left.
	constexpr std::span<u8> take(usize size)
	{
		if (size > left_.size())
			return {};
		const std::span<u8> piece = left_.first(size);
		left_ = left_.subspan(size);
		return piece;
	}
	// Lends all that is left, to a writer that knows its bounds.
	constexpr std::span<u8> room() const { return left_; }
	// Takes the `size` bytes that were written to the beginning of the room.
	Bytes keep(usize size)
	{
		const std::span<u8> piece = take(size);

		return {piece.data(), piece.size()};
	}

private:
	std::span<u8> left_;
};

} // namespace khttpd
