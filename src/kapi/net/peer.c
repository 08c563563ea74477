// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Connections of a server per address: an entry lives while the address has a connection. An IPv6
 * /64 counts as one address, as that is what one site is given (RFC 6177).
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/slab.h>
#include "kapi/net/peer.h"
#include "kapi/observe/trace.h"
#include "kapi/rate.h"

#define KH_PEER_BITS 10

/* Whose an entry is. */
struct kh_peer_key {
	struct kh_net *net;
	u64 address;
	u32 family;
};

struct kh_peer {
	struct hlist_node node;
	struct kh_peer_key key;
	u32 connections;
};

static struct kh_peer_bucket {
	spinlock_t lock;
	struct hlist_head head;
} kh_peers[1 << KH_PEER_BITS] = {
	[0 ...(1 << KH_PEER_BITS) - 1] = {.lock = __SPIN_LOCK_UNLOCKED(kh_peers.lock)},
};

/* Addresses are the peers' choice: they must not be able to fill one bucket. */
static u32 kh_peer_seed __ro_after_init;

void __init kh_peer_init(void)
{
	get_random_bytes(&kh_peer_seed, sizeof(kh_peer_seed));
}

static struct kh_peer_bucket *kh_peer_bucket(const struct kh_peer_key *key)
{
	u32 hash = jhash_3words(key->address, key->address >> 32, key->family ^ key->net->id << 8,
				kh_peer_seed);

	return &kh_peers[hash >> (32 - KH_PEER_BITS)];
}

static struct kh_peer *kh_peer_find(struct kh_peer_bucket *bucket, const struct kh_peer_key *key)
{
	struct kh_peer *peer;

	lockdep_assert_held(&bucket->lock);
	hlist_for_each_entry(peer, &bucket->head, node)
		if (peer->key.address == key->address && peer->key.family == key->family &&
		    peer->key.net == key->net)
			return peer;
	return NULL;
}

/* Adds a connection to the address's entry; `fresh` becomes the entry if there is none. */
static struct kh_peer *kh_peer_add(const struct kh_peer_key *key, u32 limit, struct kh_peer **fresh,
				   bool *full)
{
	struct kh_peer_bucket *bucket = kh_peer_bucket(key);
	struct kh_peer *peer;

	spin_lock_bh(&bucket->lock);
	peer = kh_peer_find(bucket, key);
	if (!peer && *fresh) {
		peer = *fresh;
		*fresh = NULL;
		peer->key = *key;
		hlist_add_head(&peer->node, &bucket->head);
	}
	*full = peer && peer->connections >= limit;
	if (*full)
		peer = NULL;
	else if (peer)
		peer->connections++;
	spin_unlock_bh(&bucket->lock);
	return peer;
}

struct kh_peer *kh_peer_get(struct kh_net *kn, const u8 *address, u32 limit, gfp_t gfp)
{
	struct kh_peer_key key = {.net = kn};
	struct kh_peer *fresh = NULL, *peer;
	bool full;

	key.address = kh_address_site(address, &key.family);
	peer = kh_peer_add(&key, limit, &fresh, &full);
	if (full)
		trace_khttpd_limit(NULL, KH_LIMIT_ADDRESS);
	if (peer || full)
		return peer;
	fresh = kzalloc(sizeof(*fresh), gfp);
	if (!fresh) {
		kh_stat_add(kn, KH_STAT_out_of_memory, 1);
		return NULL;
	}
	peer = kh_peer_add(&key, limit, &fresh, &full);
	if (full)
		trace_khttpd_limit(NULL, KH_LIMIT_ADDRESS);
	kfree(fresh);
	return peer;
}

void kh_peer_put(struct kh_peer *peer)
{
	struct kh_peer_bucket *bucket;
	bool last;

	if (!peer)
		return;
	bucket = kh_peer_bucket(&peer->key);
	spin_lock_bh(&bucket->lock);
	last = --peer->connections == 0;
	if (last)
		hlist_del(&peer->node);
	spin_unlock_bh(&bucket->lock);
	if (last)
		kfree(peer);
}
