// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The memory of a configuration: what is taken stays where it is until all of it is freed at once.
 * Process context; what lies in it is read in any.
 */
#pragma once

#include <new>
#include <type_traits>

#include "base/arena.h"
#include "config/text/mistakes.h"

namespace khttpd {

class ConfigMemory {
public:
	ConfigMemory() = default;
	ConfigMemory(const ConfigMemory &) = delete;
	ConfigMemory &operator=(const ConfigMemory &) = delete;
	~ConfigMemory();

	// Lends an arena with `size` bytes or more, until the next call. It has none, and
	// `mistakes` says so, when there is no memory.
	Arena &arena(usize size, Mistakes &mistakes);

	// A copy with a NUL behind it; empty when there is no memory.
	Bytes keep(Bytes text, Mistakes &mistakes);

	// Objects that need no destructor, made by their default. Null when there is no memory.
	template <typename T>
	T *make(usize count, Mistakes &mistakes)
	{
		static_assert(std::is_trivially_destructible_v<T>);
		void *place = take(count * sizeof(T), mistakes);

		if (!place)
			return nullptr;
		T *first = static_cast<T *>(place);
		for (usize i = 0; i < count; i++)
			new (first + i) T();
		return first;
	}

private:
	struct Block {
		Block *next;
	};

	// Of any object's alignment.
	void *take(usize size, Mistakes &mistakes);
	u8 *add_block(usize size, Mistakes &mistakes);

	usize total_ = 0; // bytes of the blocks
	Block *blocks_ = nullptr;
	Arena arena_{std::span<u8>()};
};

} // namespace khttpd
