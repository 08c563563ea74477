// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What was found in directories, for as long as they stay as they are. A table of fixed size: a
 * directory has one place, which it may lose to another. Process context; each place has a
 * spinlock, innermost.
 */
#include <linux/errno.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include "kapi/fs/dir_memo.h"

#define KH_DIR_MEMO_BITS 10

struct kh_dir_place {
	spinlock_t lock;
	bool taken;
	u32 codings;
	unsigned long claimed; /* ticks */
	struct kh_dir_stamp stamp;
};

static struct kh_dir_place *kh_dir_places; /* 1 << KH_DIR_MEMO_BITS, for all document roots */

int __init kh_dir_memo_init(void)
{
	u32 i;

	kh_dir_places = kvzalloc(sizeof(*kh_dir_places) << KH_DIR_MEMO_BITS, GFP_KERNEL);
	if (!kh_dir_places)
		return -ENOMEM;
	for (i = 0; i < 1 << KH_DIR_MEMO_BITS; i++)
		spin_lock_init(&kh_dir_places[i].lock);
	return 0;
}

void kh_dir_memo_exit(void)
{
	kvfree(kh_dir_places);
}

/*
 * No secret is needed here: a place holds one directory, so that there is no chain to walk. Who
 * makes directories of one place has them forgotten, which costs what it does without a memo.
 */
static struct kh_dir_place *kh_dir_memo_place(const struct kh_dir_stamp *stamp)
{
	return &kh_dir_places[hash_64(stamp->inode ^ ((u64)stamp->device << 32) ^
					      (stamp->owner << 48),
				      KH_DIR_MEMO_BITS)];
}

static bool kh_dir_place_is(const struct kh_dir_place *place, const struct kh_dir_stamp *stamp)
{
	lockdep_assert_held(&place->lock);
	return place->taken && place->stamp.owner == stamp->owner &&
	       place->stamp.device == stamp->device && place->stamp.inode == stamp->inode &&
	       timespec64_equal(&place->stamp.mtime, &stamp->mtime) &&
	       timespec64_equal(&place->stamp.ctime, &stamp->ctime);
}

static u32 kh_dir_place_codings(const struct kh_dir_place *place, const struct kh_dir_stamp *stamp)
{
	lockdep_assert_held(&place->lock);
	return kh_dir_place_is(place, stamp) ? place->codings : KH_CODINGS_UNKNOWN;
}

/* Reading a directory costs more than some lookups: a place is claimed once a second at most. */
static bool kh_dir_place_claim(struct kh_dir_place *place, const struct kh_dir_stamp *stamp)
{
	lockdep_assert_held(&place->lock);
	if (place->taken && time_before(jiffies, place->claimed + HZ))
		return false;
	place->taken = true;
	place->claimed = jiffies;
	place->codings = KH_CODINGS_UNKNOWN;
	place->stamp = *stamp;
	return true;
}

u32 kh_dir_memo_recall(const struct kh_dir_stamp *stamp)
{
	struct kh_dir_place *place = kh_dir_memo_place(stamp);
	u32 codings;

	spin_lock(&place->lock);
	codings = kh_dir_place_codings(place, stamp);
	spin_unlock(&place->lock);
	return codings;
}

bool kh_dir_memo_find(const struct kh_dir_stamp *stamp, u32 *codings)
{
	struct kh_dir_place *place = kh_dir_memo_place(stamp);
	bool claimed = false;

	spin_lock(&place->lock);
	*codings = kh_dir_place_codings(place, stamp);
	if (*codings == KH_CODINGS_UNKNOWN)
		claimed = kh_dir_place_claim(place, stamp);
	spin_unlock(&place->lock);
	return claimed;
}

void kh_dir_memo_store(const struct kh_dir_stamp *stamp, u32 codings)
{
	struct kh_dir_place *place = kh_dir_memo_place(stamp);

	spin_lock(&place->lock);
	if (kh_dir_place_is(place, stamp))
		place->codings = codings;
	spin_unlock(&place->lock);
}
