// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The response cache's table: entries found by key without a lock (RCU), changed under one
 * spinlock, bounded in memory. Eviction takes what was not used since the hand last came by (the
 * clock approximation of least recently used, as a lookup cannot move an entry in a list).
 * An entry is counted: the table holds one reference, a reply that outlives its run another.
 */
#include <linux/hash.h>
#include <linux/random.h>
#include <linux/refcount.h>
#include <linux/rculist.h>
#include <linux/shrinker.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include "compat/compat.h"
#include "kapi/fs/cache.h"
#include "kapi/held.h"

#define KH_CACHE_BITS 14
#define KH_CACHE_LEAVING (8ULL << 20) /* bytes of what has left the table, at most */

struct kh_cache_node {
	struct hlist_node link;
	struct rcu_head rcu;
	refcount_t refs;
	u32 hash;
	u32 key_size;
	u32 size;   /* bytes of this object */
	u32 charge; /* bytes counted against the table's bound */
	bool used;
	unsigned long busy; /* bit 0: somebody looks whether the entry is still right */
	void *core;
	u8 key[];
};

static struct hlist_head kh_cache_table[1 << KH_CACHE_BITS];
static DEFINE_SPINLOCK(kh_cache_lock);
static u64 kh_cache_limit, kh_cache_bytes; /* the shrinker reads the second without the lock */
static u32 kh_cache_count, kh_cache_hand;

/*
 * Keys are what peers ask for and, where they may upload, names they gave: nobody must be able to
 * fill one bucket. They are long, so a hash that is safe with a secret key and not jhash(), whose
 * collisions of several blocks may hold for every seed.
 */
static hsiphash_key_t kh_cache_secret __ro_after_init;

static u32 kh_cache_hash(const u8 *key, u32 key_size)
{
	return hsiphash(key, key_size, &kh_cache_secret);
}

struct kh_cache_node *kh_cache_create(const u8 *key, u32 key_size, u32 core_size, u32 charge)
{
	size_t core_at = ALIGN(sizeof(struct kh_cache_node) + key_size, sizeof(u64));
	struct kh_cache_node *node;

	node = kh_held_alloc(KH_HELD_content, core_at + core_size, KH_GFP_KERNEL);
	if (!node)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->size = core_at + core_size;
	refcount_set(&node->refs, 1);
	node->hash = kh_cache_hash(key, key_size);
	node->key_size = key_size;
	node->charge = charge + node->size;
	node->core = (u8 *)node + core_at;
	memcpy(node->key, key, key_size);
	return node;
}

void *kh_cache_core(struct kh_cache_node *node)
{
	return node->core;
}

static void kh_cache_free_rcu(struct rcu_head *head)
{
	struct kh_cache_node *node = container_of(head, struct kh_cache_node, rcu);

	khttpd_entry_free(node->core);
	kh_held_free(KH_HELD_content, node, node->size);
}

void kh_cache_put(struct kh_cache_node *node)
{
	if (node && refcount_dec_and_test(&node->refs))
		call_rcu(&node->rcu, kh_cache_free_rcu);
}

static struct hlist_head *kh_cache_bucket(u32 hash)
{
	return &kh_cache_table[hash_32(hash, KH_CACHE_BITS)];
}

static bool kh_cache_is(const struct kh_cache_node *node, u32 hash, const u8 *key, u32 key_size)
{
	return node->hash == hash && node->key_size == key_size &&
	       !memcmp(node->key, key, key_size);
}

struct kh_cache_node *kh_cache_find(const u8 *key, u32 key_size)
{
	u32 hash = kh_cache_hash(key, key_size);
	struct kh_cache_node *node;

	hlist_for_each_entry_rcu(node, kh_cache_bucket(hash), link) {
		if (kh_cache_is(node, hash, key, key_size)) {
			if (!READ_ONCE(node->used))
				WRITE_ONCE(node->used, true);
			return node;
		}
	}
	return NULL;
}

struct kh_cache_node *kh_cache_hold(const u8 *key, u32 key_size)
{
	struct kh_cache_node *node;

	rcu_read_lock();
	node = kh_cache_find(key, key_size);
	if (node && !refcount_inc_not_zero(&node->refs))
		node = NULL;
	rcu_read_unlock();
	return node;
}

bool kh_cache_begin_check(struct kh_cache_node *node)
{
	return !test_and_set_bit(0, &node->busy);
}

void kh_cache_end_check(struct kh_cache_node *node)
{
	clear_bit(0, &node->busy);
}

static void kh_cache_unlink(struct kh_cache_node *node)
{
	lockdep_assert_held(&kh_cache_lock);
	hlist_del_init_rcu(&node->link);
	WRITE_ONCE(kh_cache_bytes, kh_cache_bytes - node->charge);
	kh_cache_count--;
	kh_cache_put(node);
}

/* The hand's next bucket; returns the bytes of what it came by, be it evicted or not. */
static u64 kh_cache_advance(void)
{
	struct hlist_node *next;
	struct kh_cache_node *node;
	u64 seen = 0;

	lockdep_assert_held(&kh_cache_lock);
	kh_cache_hand = (kh_cache_hand + 1) % ARRAY_SIZE(kh_cache_table);
	hlist_for_each_entry_safe(node, next, &kh_cache_table[kh_cache_hand], link) {
		seen += node->charge;
		if (READ_ONCE(node->used)) {
			WRITE_ONCE(node->used, false);
			continue;
		}
		kh_cache_unlink(node);
		kh_stat_add(KH_STAT_cache_evictions, 1);
	}
	return seen;
}

/* Gives back so many bytes, looking at `buckets` buckets at most. */
static void kh_cache_sweep(u64 wanted, u32 buckets)
{
	u64 before = kh_cache_bytes;

	lockdep_assert_held(&kh_cache_lock);
	while (buckets-- && before - kh_cache_bytes < wanted)
		kh_cache_advance();
}

/* Two turns of the hand reach every entry. */
static void kh_cache_trim(void)
{
	lockdep_assert_held(&kh_cache_lock);
	if (kh_cache_bytes > kh_cache_limit)
		kh_cache_sweep(kh_cache_bytes - kh_cache_limit, 2 * ARRAY_SIZE(kh_cache_table));
}

void kh_cache_insert(struct kh_cache_node *fresh)
{
	struct kh_cache_node *node;
	struct hlist_node *next;

	spin_lock_bh(&kh_cache_lock);
	hlist_for_each_entry_safe(node, next, kh_cache_bucket(fresh->hash), link)
		if (kh_cache_is(node, fresh->hash, fresh->key, fresh->key_size))
			kh_cache_unlink(node);
	refcount_inc(&fresh->refs);
	fresh->used = true;
	hlist_add_head_rcu(&fresh->link, kh_cache_bucket(fresh->hash));
	WRITE_ONCE(kh_cache_bytes, kh_cache_bytes + fresh->charge);
	kh_cache_count++;
	kh_cache_trim();
	spin_unlock_bh(&kh_cache_lock);
}

void kh_cache_drop(struct kh_cache_node *stale)
{
	spin_lock_bh(&kh_cache_lock);
	if (!hlist_unhashed(&stale->link))
		kh_cache_unlink(stale);
	spin_unlock_bh(&kh_cache_lock);
}

void kh_cache_set_limit(u64 bytes)
{
	/*
	 * What is taken out of the table is freed some time later. Room for that beyond the table's
	 * lets a full cache take new entries; when packets use it up there are none for a while.
	 */
	kh_held_set_limit(KH_HELD_content, bytes + min_t(u64, bytes / 4, KH_CACHE_LEAVING));
	spin_lock_bh(&kh_cache_lock);
	kh_cache_limit = bytes;
	kh_cache_trim();
	spin_unlock_bh(&kh_cache_lock);
}

void kh_cache_clear(void)
{
	struct kh_cache_node *node;
	struct hlist_node *next;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kh_cache_table); i++) {
		spin_lock_bh(&kh_cache_lock);
		hlist_for_each_entry_safe(node, next, &kh_cache_table[i], link)
			kh_cache_unlink(node);
		spin_unlock_bh(&kh_cache_lock);
	}
}

void kh_cache_usage(u32 *count, u64 *bytes)
{
	spin_lock_bh(&kh_cache_lock);
	*count = kh_cache_count;
	*bytes = kh_cache_bytes;
	spin_unlock_bh(&kh_cache_lock);
}

/*
 * To the kernel the cache is pages, be it counted, scanned or freed: it asks for the same part of
 * each cache, beginning with a four-thousandth, and entries may be few and large.
 */
static unsigned long kh_cache_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	return DIV_ROUND_UP_ULL(READ_ONCE(kh_cache_bytes), PAGE_SIZE) ?: SHRINK_EMPTY;
}

/* What the hand comes by is scanned, also if it was in use and stays until the hand is back. */
static unsigned long kh_cache_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	u64 wanted = (u64)sc->nr_to_scan << PAGE_SHIFT, seen = 0, before, freed;
	u32 buckets = ARRAY_SIZE(kh_cache_table);

	/* Reclaim may come from our own allocation, never with the lock held: it is taken in BH. */
	if (!spin_trylock_bh(&kh_cache_lock))
		return SHRINK_STOP;
	before = kh_cache_bytes;
	while (buckets-- && seen < wanted)
		seen += kh_cache_advance();
	freed = before - kh_cache_bytes;
	spin_unlock_bh(&kh_cache_lock);
	/* More than was asked for where an entry is large. A turn that met less has seen all. */
	sc->nr_scanned = max_t(u64, seen >> PAGE_SHIFT, sc->nr_to_scan);
	return freed >> PAGE_SHIFT;
}

#if KH_HAVE_SHRINKER_ALLOC
static struct shrinker *kh_cache_shrinker;

static int __init kh_cache_start_shrinker(void)
{
	kh_cache_shrinker = shrinker_alloc(0, "khttpd");
	if (!kh_cache_shrinker)
		return -ENOMEM;
	kh_cache_shrinker->count_objects = kh_cache_shrink_count;
	kh_cache_shrinker->scan_objects = kh_cache_shrink_scan;
	shrinker_register(kh_cache_shrinker);
	return 0;
}

static void kh_cache_stop_shrinker(void)
{
	shrinker_free(kh_cache_shrinker);
}
#else
static struct shrinker kh_cache_shrinker = {
	.count_objects = kh_cache_shrink_count,
	.scan_objects = kh_cache_shrink_scan,
	.seeks = DEFAULT_SEEKS,
};

static int __init kh_cache_start_shrinker(void)
{
#if KH_HAVE_REGISTER_SHRINKER_NAME
	return register_shrinker(&kh_cache_shrinker, "khttpd");
#else
	return register_shrinker(&kh_cache_shrinker);
#endif
}

static void kh_cache_stop_shrinker(void)
{
	unregister_shrinker(&kh_cache_shrinker);
}
#endif

int __init kh_cache_init(void)
{
	get_random_bytes(&kh_cache_secret, sizeof(kh_cache_secret));
	return kh_cache_start_shrinker();
}

/* The caller waits for the callbacks (rcu_barrier()) before the module's text goes. */
void kh_cache_exit(void)
{
	kh_cache_stop_shrinker();
	kh_cache_clear();
}
