// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/text/config_memory.h"

#include "kapi/kapi.h"

namespace khttpd {

namespace {

// Some eight times the longest text, which is enough for what is to be made of it.
constexpr usize kMostMemory = 128 << 20;
constexpr usize kUsualBlock = 16384 - sizeof(void *);

} // namespace

ConfigMemory::~ConfigMemory()
{
	while (blocks_) {
		const Block *block = blocks_;

		blocks_ = block->next;
		kh_free(block);
	}
}

u8 *ConfigMemory::add_block(usize size, Mistakes &mistakes)
{
	total_ += sizeof(Block) + size;
	if (total_ > kMostMemory) {
		mistakes.fail(-kERANGE)
			.text("the configuration takes more than ")
			.number(kMostMemory >> 20)
			.text(" MiB of memory");
		return nullptr;
	}
	void *memory = kh_alloc(sizeof(Block) + size, KH_GFP_ACCOUNT);

	if (!memory) {
		mistakes.fail_memory();
		return nullptr;
	}
	blocks_ = new (memory) Block{blocks_};
	return reinterpret_cast<u8 *>(blocks_ + 1);
}

Arena &ConfigMemory::arena(usize size, Mistakes &mistakes)
{
	if (arena_.room().size() >= size)
		return arena_;
	const usize room = size < kUsualBlock ? kUsualBlock : size;
	u8 *block = add_block(room, mistakes);
	arena_ = Arena({block, block ? room : 0});
	return arena_;
}

void *ConfigMemory::take(usize size, Mistakes &mistakes)
{
	constexpr usize alignment = alignof(u64);
	const usize most = size + alignment - 1;
	Arena &from = arena(most, mistakes);
	const usize over = reinterpret_cast<usize>(from.room().data()) % alignment;

	from.take(over ? alignment - over : 0);
	return from.take(size).data();
}

Bytes ConfigMemory::keep(Bytes text, Mistakes &mistakes)
{
	Arena &from = arena(text.size() + 1, mistakes);
	const std::span<u8> copy = from.take(text.size() + 1);

	if (copy.empty())
		return Bytes();
	if (!text.empty())
		__builtin_memcpy(copy.data(), text.data(), text.size());
	copy[text.size()] = 0;
	return {copy.data(), text.size()};
}

} // namespace khttpd
