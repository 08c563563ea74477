// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/atomic.h>
#include <linux/mm.h>
#include "kapi/held.h"

/*
 * A part of the machine's memory for each kind that grows with the connections. All of them leave
 * most of it to others, and 16 MiB serve thousands of ordinary connections.
 */
#define KH_HELD_PART 32
#define KH_HELD_LEAST (16ULL << 20)
#define KH_HELD_LISTINGS (64ULL << 20)

static struct kh_held_count {
	atomic64_t bytes;
	u64 limit;
} ____cacheline_aligned_in_smp kh_held_counts[KH_HELD_COUNT];

void __init kh_held_init(void)
{
	u64 part = max_t(u64, ((u64)totalram_pages() << PAGE_SHIFT) / KH_HELD_PART, KH_HELD_LEAST);

	kh_held_set_limit(KH_HELD_heads, part);
	kh_held_set_limit(KH_HELD_tails, part);
	kh_held_set_limit(KH_HELD_replies, part);
	kh_held_set_limit(KH_HELD_listings, min_t(u64, part, KH_HELD_LISTINGS));
}

void kh_held_set_limit(enum kh_held id, u64 bytes)
{
	WRITE_ONCE(kh_held_counts[id].limit, bytes);
}

u64 kh_held_bytes(enum kh_held id)
{
	return atomic64_read(&kh_held_counts[id].bytes);
}

bool kh_held_take(enum kh_held id, size_t bytes)
{
	struct kh_held_count *count = &kh_held_counts[id];

	/* Two that come at once may both be refused, but never both be let in. */
	if (atomic64_add_return(bytes, &count->bytes) <= READ_ONCE(count->limit))
		return true;
	atomic64_sub(bytes, &count->bytes);
	kh_stat_add(KH_STAT_held_refused, 1);
	return false;
}

void kh_held_give(enum kh_held id, size_t bytes)
{
	atomic64_sub(bytes, &kh_held_counts[id].bytes);
}

void *kh_held_alloc(enum kh_held id, size_t bytes, enum kh_gfp gfp)
{
	void *p;

	if (!kh_held_take(id, bytes))
		return NULL;
	p = kh_alloc(bytes, gfp);
	if (!p)
		kh_held_give(id, bytes);
	return p;
}

void kh_held_free(enum kh_held id, const void *p, size_t bytes)
{
	/* Nothing was held: the count is one that all CPUs write. */
	if (!p)
		return;
	kh_free(p);
	kh_held_give(id, bytes);
}
