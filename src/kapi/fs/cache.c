// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The response cache's table, one for each server: entries found by key without a lock (RCU),
 * changed under one spinlock, bounded in memory. Eviction takes what was not used since the hand
 * last came by (the clock approximation of least recently used, as a lookup cannot move an entry in
 * a list).
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
#include "kapi/observe/trace.h"

/* Of buckets: of the first network namespace's server, and of another's. */
#define KH_CACHE_BITS 14
#define KH_CACHE_BITS_OTHERS 10
#define KH_CACHE_LEAVING (8ULL << 20) /* bytes of what has left the table, at most */

struct kh_cache {
	struct kh_net *net;
	struct hlist_head *table; /* 1 << bits; changed under the lock, as what follows */
	u32 bits;
	spinlock_t lock;
	u64 limit, bytes; /* the shrinker reads the second without the lock */
	u32 count, hand;
#if KH_HAVE_SHRINKER_ALLOC
	struct shrinker *shrinker;
#else
	struct shrinker shrinker;
#endif
};

struct kh_cache_node {
	struct kh_net *net; /* counted */
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

/* Why an entry leaves the table: as khttpd_cache_evict tells it. */
enum kh_unlink {
	KH_UNLINK_ROOM,
	KH_UNLINK_MEMORY, /* the kernel's shrinker asks */
	KH_UNLINK_STALE,
	KH_UNLINK_REPLACED,
	KH_UNLINK_CLEARED, /* with its configuration, or the server */
};

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

struct kh_cache_node *kh_cache_create(struct kh_net *kn, const u8 *key, u32 key_size, u32 core_size,
				      u32 charge)
{
	size_t core_at = ALIGN(sizeof(struct kh_cache_node) + key_size, sizeof(u64));
	struct kh_cache_node *node;

	node = kh_held_alloc(kn, KH_HELD_content, core_at + core_size, KH_GFP_KERNEL);
	if (!node)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->net = kh_net_get(kn);
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

	struct kh_net *kn = node->net;

	khttpd_entry_free(node->core);
	kh_held_free(kn, KH_HELD_content, node, node->size);
	kh_net_put(kn);
}

void kh_cache_put(struct kh_cache_node *node)
{
	if (node && refcount_dec_and_test(&node->refs))
		call_rcu(&node->rcu, kh_cache_free_rcu);
}

static struct hlist_head *kh_cache_bucket(struct kh_cache *cache, u32 hash)
{
	return &cache->table[hash_32(hash, cache->bits)];
}

static bool kh_cache_is(const struct kh_cache_node *node, u32 hash, const u8 *key, u32 key_size)
{
	return node->hash == hash && node->key_size == key_size &&
	       !memcmp(node->key, key, key_size);
}

static inline struct kh_cache_node *kh_cache_search(struct kh_net *kn, const u8 *key, u32 key_size)
{
	u32 hash = kh_cache_hash(key, key_size);
	struct kh_cache_node *node;

	hlist_for_each_entry_rcu(node, kh_cache_bucket(kn->cache, hash), link) {
		if (kh_cache_is(node, hash, key, key_size)) {
			if (!READ_ONCE(node->used))
				WRITE_ONCE(node->used, true);
			return node;
		}
	}
	return NULL;
}

struct kh_cache_node *kh_cache_find(struct kh_net *kn, const u8 *key, u32 key_size)
{
	struct kh_cache_node *node = kh_cache_search(kn, key, key_size);

	trace_khttpd_cache_look(key, key_size, node);
	return node;
}

struct kh_cache_node *kh_cache_hold(struct kh_net *kn, const u8 *key, u32 key_size)
{
	struct kh_cache_node *node;

	rcu_read_lock();
	node = kh_cache_find(kn, key, key_size);
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

static void kh_cache_unlink(struct kh_cache *cache, struct kh_cache_node *node,
			    enum kh_unlink reason)
{
	lockdep_assert_held(&cache->lock);
	trace_khttpd_cache_evict(node->key, node->key_size, node->charge, reason);
	hlist_del_init_rcu(&node->link);
	WRITE_ONCE(cache->bytes, cache->bytes - node->charge);
	cache->count--;
	kh_cache_put(node);
}

static u32 kh_cache_buckets(const struct kh_cache *cache)
{
	return 1U << cache->bits;
}

/* The hand's next bucket; returns the bytes of what it came by, be it evicted or not. */
static u64 kh_cache_advance(struct kh_cache *cache, enum kh_unlink reason)
{
	struct hlist_node *next;
	struct kh_cache_node *node;
	u64 seen = 0;

	lockdep_assert_held(&cache->lock);
	cache->hand = (cache->hand + 1) % kh_cache_buckets(cache);
	hlist_for_each_entry_safe(node, next, &cache->table[cache->hand], link) {
		seen += node->charge;
		if (READ_ONCE(node->used)) {
			WRITE_ONCE(node->used, false);
			continue;
		}
		kh_cache_unlink(cache, node, reason);
		kh_stat_add(cache->net, KH_STAT_cache_evictions, 1);
	}
	return seen;
}

/* Gives back so many bytes, looking at `buckets` buckets at most. */
static void kh_cache_sweep(struct kh_cache *cache, u64 wanted, u32 buckets)
{
	u64 before = cache->bytes;

	lockdep_assert_held(&cache->lock);
	while (buckets-- && before - cache->bytes < wanted)
		kh_cache_advance(cache, KH_UNLINK_ROOM);
}

/* Two turns of the hand reach every entry. */
static void kh_cache_trim(struct kh_cache *cache)
{
	lockdep_assert_held(&cache->lock);
	if (cache->bytes > cache->limit)
		kh_cache_sweep(cache, cache->bytes - cache->limit, 2 * kh_cache_buckets(cache));
}

void kh_cache_insert(struct kh_cache_node *fresh)
{
	struct kh_cache *cache = fresh->net->cache;
	struct hlist_head *bucket = kh_cache_bucket(cache, fresh->hash);
	struct kh_cache_node *node;
	struct hlist_node *next;

	spin_lock_bh(&cache->lock);
	hlist_for_each_entry_safe(node, next, bucket, link)
		if (kh_cache_is(node, fresh->hash, fresh->key, fresh->key_size))
			kh_cache_unlink(cache, node, KH_UNLINK_REPLACED);
	refcount_inc(&fresh->refs);
	fresh->used = true;
	hlist_add_head_rcu(&fresh->link, bucket);
	WRITE_ONCE(cache->bytes, cache->bytes + fresh->charge);
	cache->count++;
	trace_khttpd_cache_insert(fresh->key, fresh->key_size, fresh->charge, cache->count);
	kh_cache_trim(cache);
	spin_unlock_bh(&cache->lock);
}

void kh_cache_drop(struct kh_cache_node *stale)
{
	struct kh_cache *cache = stale->net->cache;

	spin_lock_bh(&cache->lock);
	if (!hlist_unhashed(&stale->link))
		kh_cache_unlink(cache, stale, KH_UNLINK_STALE);
	spin_unlock_bh(&cache->lock);
}

void kh_cache_set_limit(struct kh_net *kn, u64 bytes)
{
	struct kh_cache *cache = kn->cache;

	if (!kn->first)
		bytes = min(bytes, kh_held_share(kn, KH_HELD_content));
	/*
	 * What is taken out of the table is freed some time later. Room for that beyond the table's
	 * lets a full cache take new entries; when packets use it up there are none for a while.
	 */
	kh_held_set_limit(kn, KH_HELD_content, bytes + min_t(u64, bytes / 4, KH_CACHE_LEAVING));
	spin_lock_bh(&cache->lock);
	cache->limit = bytes;
	kh_cache_trim(cache);
	spin_unlock_bh(&cache->lock);
}

void kh_cache_clear(struct kh_net *kn)
{
	struct kh_cache *cache = kn->cache;
	struct kh_cache_node *node;
	struct hlist_node *next;
	u32 i;

	for (i = 0; i < kh_cache_buckets(cache); i++) {
		spin_lock_bh(&cache->lock);
		hlist_for_each_entry_safe(node, next, &cache->table[i], link)
			kh_cache_unlink(cache, node, KH_UNLINK_CLEARED);
		spin_unlock_bh(&cache->lock);
	}
}

void kh_cache_usage(const struct kh_net *kn, u32 *count, u64 *bytes)
{
	struct kh_cache *cache = kn->cache;

	spin_lock_bh(&cache->lock);
	*count = cache->count;
	*bytes = cache->bytes;
	spin_unlock_bh(&cache->lock);
}

/*
 * To the kernel the cache is pages, be it counted, scanned or freed: it asks for the same part of
 * each cache, beginning with a four-thousandth, and entries may be few and large.
 */
#if KH_HAVE_SHRINKER_ALLOC
static struct kh_cache *kh_cache_of(struct shrinker *shrinker)
{
	return shrinker->private_data;
}
#else
static struct kh_cache *kh_cache_of(struct shrinker *shrinker)
{
	return container_of(shrinker, struct kh_cache, shrinker);
}
#endif

static unsigned long kh_cache_shrink_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	u64 bytes = READ_ONCE(kh_cache_of(shrinker)->bytes);

	return DIV_ROUND_UP_ULL(bytes, PAGE_SIZE) ?: SHRINK_EMPTY;
}

/* What the hand comes by is scanned, also if it was in use and stays until the hand is back. */
static unsigned long kh_cache_shrink_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct kh_cache *cache = kh_cache_of(shrinker);
	u64 wanted = (u64)sc->nr_to_scan << PAGE_SHIFT, seen = 0, before, freed;
	u32 buckets = kh_cache_buckets(cache);

	/* Reclaim may come from our own allocation, never with the lock held: it is taken in BH. */
	if (!spin_trylock_bh(&cache->lock))
		return SHRINK_STOP;
	before = cache->bytes;
	while (buckets-- && seen < wanted)
		seen += kh_cache_advance(cache, KH_UNLINK_MEMORY);
	freed = before - cache->bytes;
	spin_unlock_bh(&cache->lock);
	/* More than was asked for where an entry is large. A turn that met less has seen all. */
	sc->nr_scanned = max_t(u64, seen >> PAGE_SHIFT, sc->nr_to_scan);
	return freed >> PAGE_SHIFT;
}

#if KH_HAVE_SHRINKER_ALLOC
static int kh_cache_start_shrinker(struct kh_cache *cache)
{
	cache->shrinker = shrinker_alloc(0, "khttpd");
	if (!cache->shrinker)
		return -ENOMEM;
	cache->shrinker->count_objects = kh_cache_shrink_count;
	cache->shrinker->scan_objects = kh_cache_shrink_scan;
	cache->shrinker->private_data = cache;
	shrinker_register(cache->shrinker);
	return 0;
}

static void kh_cache_stop_shrinker(struct kh_cache *cache)
{
	shrinker_free(cache->shrinker);
}
#else
static int kh_cache_start_shrinker(struct kh_cache *cache)
{
	cache->shrinker.count_objects = kh_cache_shrink_count;
	cache->shrinker.scan_objects = kh_cache_shrink_scan;
	cache->shrinker.seeks = DEFAULT_SEEKS;
#if KH_HAVE_REGISTER_SHRINKER_NAME
	return register_shrinker(&cache->shrinker, "khttpd");
#else
	return register_shrinker(&cache->shrinker);
#endif
}

static void kh_cache_stop_shrinker(struct kh_cache *cache)
{
	unregister_shrinker(&cache->shrinker);
}
#endif

int kh_cache_begin(struct kh_net *kn)
{
	struct kh_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL_ACCOUNT);
	int err = -ENOMEM;

	if (!cache)
		return err;
	cache->net = kn;
	cache->bits = kn->first ? KH_CACHE_BITS : KH_CACHE_BITS_OTHERS;
	spin_lock_init(&cache->lock);
	cache->table = kvcalloc(kh_cache_buckets(cache), sizeof(*cache->table), GFP_KERNEL_ACCOUNT);
	if (cache->table)
		err = kh_cache_start_shrinker(cache);
	if (err)
		kvfree(cache->table);
	kn->cache = cache;
	return err;
}

void kh_cache_end(struct kh_net *kn)
{
	kh_cache_stop_shrinker(kn->cache);
	kh_cache_clear(kn);
	kvfree(kn->cache->table);
	kn->cache->table = NULL;
}

void __init kh_cache_init(void)
{
	get_random_bytes(&kh_cache_secret, sizeof(kh_cache_secret));
}
