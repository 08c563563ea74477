// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A body is counted: the cache holds one reference, each reply that is on its way another. Packets
 * refer to its blocks themselves, and tell nobody when they are freed. So a body that nobody else
 * wants is retired: its memory stays counted, with our reference on each block, until
 * page_ref_count() shows that ours is the last.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <linux/xxhash.h>
#include "kapi/fs/body.h"

#define KH_RETIRED_INTERVAL (HZ / 4) /* between looks at what packets refer to */
#define KH_RETIRED_LOOKS 1024	     /* bodies in one look */

static LIST_HEAD(kh_retired);
static DEFINE_SPINLOCK(kh_retired_lock); /* kh_retired; taken with bottom halves off, innermost */

static void kh_body_look_again(struct work_struct *work);
static DECLARE_DELAYED_WORK(kh_retired_work, kh_body_look_again);

static size_t kh_body_unit_size(size_t size, u32 index)
{
	size_t rest = size - (size_t)index * KH_BODY_UNIT;

	return PAGE_SIZE << get_order(clamp_t(size_t, rest, 1, KH_BODY_UNIT));
}

static u32 kh_body_unit_count(size_t size)
{
	return size <= KH_BODY_SMALL ? 0 : DIV_ROUND_UP(size, KH_BODY_UNIT);
}

/* The memory of the object itself; the kernel has sizes that are powers of two. */
static size_t kh_body_own_size(size_t size)
{
	u32 count = kh_body_unit_count(size);

	if (!count)
		return roundup_pow_of_two(sizeof(struct kh_body) + size);
	return sizeof(struct kh_body) + count * sizeof(struct page *);
}

size_t kh_body_charge(size_t size)
{
	u32 count = kh_body_unit_count(size);

	if (!count)
		return kh_body_own_size(size);
	return kh_body_own_size(size) + (size_t)(count - 1) * KH_BODY_UNIT +
	       kh_body_unit_size(size, count - 1);
}

/* The block that begins with this unit; returns its size. */
static size_t kh_body_free_block(struct kh_body *body, u32 index)
{
	struct page *block = body->units[index];
	size_t size = page_size(block);

	for (; index < body->count && body->units[index] &&
	       compound_head(body->units[index]) == block;
	     index++)
		body->units[index] = NULL;
	put_page(block);
	return size;
}

/*
 * Frees the blocks that no packet refers to. With `all` set it gives up the others too, which are
 * the packets' then. True when none is left; then the body is gone.
 */
static bool kh_body_free_blocks(struct kh_body *body, bool all)
{
	u32 i, left = 0;

	for (i = 0; i < body->count; i++) {
		struct page *block = body->units[i];

		if (!block || PageTail(block))
			continue;
		/* Nobody can take a new reference: a packet's comes from another packet's. */
		if (!all && page_ref_count(block) > 1) {
			left++;
			continue;
		}
		kh_held_give(body->net, body->held, kh_body_free_block(body, i));
	}
	if (left)
		return false;
	kh_held_give(body->net, body->held, kh_body_own_size(body->size));
	kh_net_put(body->net);
	kfree(body);
	return true;
}

static void kh_body_retire(struct kh_body *body)
{
	if (kh_body_free_blocks(body, false))
		return;
	spin_lock_bh(&kh_retired_lock);
	list_add_tail(&body->retired, &kh_retired);
	spin_unlock_bh(&kh_retired_lock);
	schedule_delayed_work(&kh_retired_work, KH_RETIRED_INTERVAL);
}

/* The body that has waited longest; null when there is none. */
static struct kh_body *kh_body_take_retired(void)
{
	struct kh_body *body;

	spin_lock_bh(&kh_retired_lock);
	body = list_first_entry_or_null(&kh_retired, struct kh_body, retired);
	if (body)
		list_del(&body->retired);
	spin_unlock_bh(&kh_retired_lock);
	return body;
}

static void kh_body_look_again(struct work_struct *work)
{
	LIST_HEAD(left);
	struct kh_body *body;
	int looks;
	bool more;

	for (looks = 0; looks < KH_RETIRED_LOOKS; looks++) {
		body = kh_body_take_retired();
		if (!body)
			break;
		if (!kh_body_free_blocks(body, false))
			list_add_tail(&body->retired, &left);
		cond_resched();
	}
	spin_lock_bh(&kh_retired_lock);
	list_splice_tail(&left, &kh_retired);
	more = !list_empty(&kh_retired);
	spin_unlock_bh(&kh_retired_lock);
	if (more)
		schedule_delayed_work(&kh_retired_work, KH_RETIRED_INTERVAL);
}

void kh_body_exit(void)
{
	struct kh_body *body;

	cancel_delayed_work_sync(&kh_retired_work);
	while ((body = kh_body_take_retired()))
		kh_body_free_blocks(body, true);
}

/* Not worth waiting for: without it the file is sent from the page cache. */
static struct page *kh_body_allocate_block(unsigned int order)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY;

	for (; order > get_order(KH_BODY_UNIT); order--) {
		/* Nor worth putting memory together for, nor a reserve: there are smaller ones. */
		struct page *block = alloc_pages((gfp & ~__GFP_RECLAIM) | __GFP_NOMEMALLOC, order);

		if (block)
			return block;
	}
	return alloc_pages(gfp, order);
}

/* For the units from `index` on; returns how many of them the block has, 0 if there is none. */
static u32 kh_body_add_block(struct kh_body *body, u32 index)
{
	size_t rest = body->size - (size_t)index * KH_BODY_UNIT;
	struct page *block;
	u32 i, units;

	/* Whole units first, so that no more is taken than the charge says. */
	block = kh_body_allocate_block(
		rest < KH_BODY_UNIT ? get_order(max_t(size_t, rest, 1)) :
				      ilog2(min_t(size_t, rest, KH_BODY_BLOCK) >> PAGE_SHIFT));
	if (!block)
		return 0;
	units = max_t(size_t, page_size(block) / KH_BODY_UNIT, 1);
	for (i = 0; i < units; i++)
		body->units[index + i] = block + i * (KH_BODY_UNIT >> PAGE_SHIFT);
	return units;
}

static struct kh_body *kh_body_allocate(size_t size, enum kh_held held)
{
	u32 i, units, count = kh_body_unit_count(size);
	struct kh_body *body = kmalloc(kh_body_own_size(size), GFP_KERNEL | __GFP_NOWARN);

	if (!body)
		return NULL;
	memset(body, 0, struct_size(body, units, count));
	body->size = size;
	body->held = held;
	body->count = count;
	refcount_set(&body->refs, 1);
	for (i = 0; i < count; i += units) {
		units = kh_body_add_block(body, i);
		if (!units)
			goto free;
	}
	return body;
free:
	for (i = 0; i < count; i++)
		if (body->units[i])
			kh_body_free_block(body, i);
	kfree(body);
	return NULL;
}

struct kh_body *kh_body_create(struct kh_net *kn, size_t size, enum kh_held held)
{
	struct kh_body *body;

	if (!kh_held_take(kn, held, kh_body_charge(size)))
		return NULL;
	body = kh_body_allocate(size, held);
	if (!body) {
		kh_stat_add(kn, KH_STAT_out_of_memory, 1);
		kh_held_give(kn, held, kh_body_charge(size));
		return NULL;
	}
	body->net = kh_net_get(kn);
	return body;
}

struct page *kh_body_at(const struct kh_body *body, u64 position, size_t *offset, size_t *size)
{
	struct page *unit = body->units[position / KH_BODY_UNIT];
	struct page *block = compound_head(unit);

	*offset = ((size_t)(unit - block) << PAGE_SHIFT) + position % KH_BODY_UNIT;
	*size = page_size(block) - *offset;
	return block;
}

u8 *kh_body_data(struct kh_body *body)
{
	return body->count ? page_address(body->units[0]) : kh_body_small(body);
}

/* The content's bytes from `pos` on that lie together, of which there are `size`. */
static u8 *kh_body_bytes_at(const struct kh_body *body, size_t pos, size_t *size)
{
	u8 *small = kh_body_small(body), *block;
	size_t offset;

	if (small) {
		*size = body->size - pos;
		return small + pos;
	}
	block = page_address(kh_body_at(body, pos, &offset, size));
	*size = min_t(size_t, *size, body->size - pos);
	return block + offset;
}

bool kh_body_read(struct kh_body *body, struct kh_file *file)
{
	loff_t pos = 0;

	while (pos < body->size) {
		size_t room;
		u8 *data = kh_body_bytes_at(body, pos, &room);

		if (kernel_read((struct file *)file, data, room, &pos) <= 0)
			return false;
	}
	return true;
}

u64 kh_body_hash(const struct kh_body *body)
{
	struct xxh64_state state;
	size_t pos, size;
	const u8 *data = kh_body_bytes_at(body, 0, &size);

	if (size == body->size)
		return xxh64(data, size, 0);
	xxh64_reset(&state, 0);
	for (pos = 0; pos < body->size; pos += size) {
		data = kh_body_bytes_at(body, pos, &size);
		xxh64_update(&state, data, size);
	}
	return xxh64_digest(&state);
}

struct kh_body *kh_body_get(struct kh_body *body)
{
	refcount_inc(&body->refs);
	return body;
}

void kh_body_put(struct kh_body *body)
{
	if (body && refcount_dec_and_test(&body->refs))
		kh_body_retire(body);
}
