// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A body is counted: the cache holds one reference, each reply that is on its way another. Packets
 * refer to its blocks themselves, and tell nobody when they are freed. So a body that nobody else
 * wants is retired: its memory stays counted, with our reference on each block, until
 * page_ref_count() shows that ours is the last.
 */
#include <linux/fs.h>
#include <linux/gfp.h>
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

static size_t kh_body_block_size(size_t size, u32 index)
{
	size_t rest = size - (size_t)index * KH_BODY_BLOCK;

	return PAGE_SIZE << get_order(clamp_t(size_t, rest, 1, KH_BODY_BLOCK));
}

static u32 kh_body_block_count(size_t size)
{
	return max_t(size_t, DIV_ROUND_UP(size, KH_BODY_BLOCK), 1);
}

/* The memory of the object itself. */
static size_t kh_body_own_size(u32 count)
{
	return sizeof(struct kh_body) + count * sizeof(struct page *);
}

size_t kh_body_charge(size_t size)
{
	u32 count = kh_body_block_count(size);

	return kh_body_own_size(count) + (size_t)(count - 1) * KH_BODY_BLOCK +
	       kh_body_block_size(size, count - 1);
}

/*
 * Frees the blocks that no packet refers to. With `all` set it gives up the others too, which are
 * the packets' then. True when none is left; then the body is gone.
 */
static bool kh_body_free_blocks(struct kh_body *body, bool all)
{
	u32 i, left = 0;

	for (i = 0; i < body->count; i++) {
		struct page *block = body->blocks[i];

		if (!block)
			continue;
		/* Nobody can take a new reference: a packet's comes from another packet's. */
		if (!all && page_ref_count(block) > 1) {
			left++;
			continue;
		}
		body->blocks[i] = NULL;
		put_page(block);
		kh_held_give(body->held, kh_body_block_size(body->size, i));
	}
	if (left)
		return false;
	kh_held_give(body->held, kh_body_own_size(body->count));
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

static struct kh_body *kh_body_allocate(size_t size, enum kh_held held)
{
	u32 i, count = kh_body_block_count(size);
	struct kh_body *body = kzalloc(struct_size(body, blocks, count), GFP_KERNEL | __GFP_NOWARN);

	if (!body)
		return NULL;
	body->size = size;
	body->held = held;
	body->count = count;
	refcount_set(&body->refs, 1);
	for (i = 0; i < count; i++) {
		/* Not worth waiting for: the file is then sent from the page cache. */
		body->blocks[i] =
			alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY,
				    get_order(kh_body_block_size(size, i)));
		if (!body->blocks[i])
			goto free;
	}
	return body;
free:
	while (i--)
		put_page(body->blocks[i]);
	kfree(body);
	return NULL;
}

struct kh_body *kh_body_create(size_t size, enum kh_held held)
{
	struct kh_body *body;

	if (!kh_held_take(held, kh_body_charge(size)))
		return NULL;
	body = kh_body_allocate(size, held);
	if (!body) {
		kh_stat_add(KH_STAT_out_of_memory, 1);
		kh_held_give(held, kh_body_charge(size));
	}
	return body;
}

bool kh_body_read(struct kh_body *body, struct kh_file *file)
{
	loff_t pos = 0;

	while (pos < body->size) {
		u8 *block = page_address(body->blocks[pos / KH_BODY_BLOCK]);
		size_t offset = pos % KH_BODY_BLOCK;
		size_t room = min_t(size_t, KH_BODY_BLOCK - offset, body->size - pos);

		if (kernel_read((struct file *)file, block + offset, room, &pos) <= 0)
			return false;
	}
	return true;
}

u64 kh_body_hash(const struct kh_body *body)
{
	struct xxh64_state state;
	size_t offset;

	if (body->count == 1)
		return xxh64(page_address(body->blocks[0]), body->size, 0);
	xxh64_reset(&state, 0);
	for (offset = 0; offset < body->size; offset += KH_BODY_BLOCK)
		xxh64_update(&state, page_address(body->blocks[offset / KH_BODY_BLOCK]),
			     min_t(size_t, KH_BODY_BLOCK, body->size - offset));
	return xxh64_digest(&state);
}

u8 *kh_body_data(struct kh_body *body)
{
	return page_address(body->blocks[0]);
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
