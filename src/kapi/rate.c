// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Requests of one address in one place, at a rate. What is remembered of an address outlives its
 * connections, and takes no more memory however many there are: a table of sets of four, of which
 * the one that has been idle for the longest goes. Who is forgotten so begins anew, with a burst.
 *
 * Each entry has the time at which the next request would be due if they came evenly (GCRA, ITU-T
 * I.371). The set's lock is innermost; any context with bottom halves disabled.
 */
#include <linux/errno.h>
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/ipv6.h>
#include "kapi/rate.h"

/* Of sets: of the first network namespace's server, and of another's. */
#define KH_RATE_BITS 12
#define KH_RATE_BITS_OTHERS 9
#define KH_RATE_WAYS 4

struct kh_rate_way {
	u64 address; /* IPv4, or the first half of an IPv6 address, which is a site's (RFC 6177) */
	u32 place;
	u32 family;
	u64 due; /* monotonic ns */
};

struct kh_rate_sets {
	u32 seed; /* addresses are the peers' choice: they must not be able to aim at one set */
	u32 bits;
	struct kh_rate_set {
		spinlock_t lock;
		struct kh_rate_way ways[KH_RATE_WAYS];
	} set[];
};

int kh_rate_prepare(struct kh_net *kn)
{
	const u32 bits = kn->first ? KH_RATE_BITS : KH_RATE_BITS_OTHERS;
	struct kh_rate_sets *sets;
	int i;

	lockdep_assert_held(kn->control);
	if (kn->rates)
		return 0;
	sets = kvzalloc(struct_size(sets, set, 1 << bits), GFP_KERNEL_ACCOUNT);
	if (!sets)
		return -ENOMEM;
	get_random_bytes(&sets->seed, sizeof(sets->seed));
	sets->bits = bits;
	for (i = 0; i < 1 << bits; i++)
		spin_lock_init(&sets->set[i].lock);
	smp_store_release(&kn->rates, sets); /* with what is in them */
	return 0;
}

void kh_rate_exit(struct kh_net *kn)
{
	kvfree(kn->rates);
	kn->rates = NULL;
}

u64 kh_address_site(const u8 *address, u32 *family)
{
	struct in6_addr ip;
	u64 prefix;

	memcpy(&ip, address, sizeof(ip));
	if (ipv6_addr_v4mapped(&ip)) {
		*family = AF_INET;
		return (__force u32)ip.s6_addr32[3];
	}
	*family = AF_INET6;
	memcpy(&prefix, address, sizeof(prefix));
	return prefix;
}

static struct kh_rate_way kh_rate_key(const u8 *address, u32 place)
{
	struct kh_rate_way key = {.place = place};

	key.address = kh_address_site(address, &key.family);
	return key;
}

/* The address's own, or the one that has been idle for the longest. */
static struct kh_rate_way *kh_rate_find(struct kh_rate_set *set, const struct kh_rate_way *key)
{
	struct kh_rate_way *way, *idle = set->ways;

	lockdep_assert_held(&set->lock);
	for (way = set->ways; way < set->ways + KH_RATE_WAYS; way++) {
		if (way->address == key->address && way->place == key->place &&
		    way->family == key->family)
			return way;
		if (way->due < idle->due)
			idle = way;
	}
	*idle = *key;
	return idle;
}

u32 kh_rate_take(struct kh_net *kn, const u8 *address, u32 place, u64 interval_ns, u32 burst)
{
	struct kh_rate_sets *sets = smp_load_acquire(&kn->rates);
	struct kh_rate_set *set;
	const struct kh_rate_way key = kh_rate_key(address, place);
	const u64 now = ktime_get_ns();
	const u64 ahead = interval_ns * (burst - 1);
	struct kh_rate_way *way;
	u64 due, wait = 0;

	if (!sets)
		return 0;
	set = &sets->set[jhash_3words(key.address, key.address >> 32, key.family + (place << 8),
				      sets->seed) >>
			 (32 - sets->bits)];
	spin_lock(&set->lock);
	way = kh_rate_find(set, &key);
	/* Under another rate, or as another place, more may have been ahead than there is now. */
	due = clamp(way->due, now, now + ahead + interval_ns);
	if (due - now <= ahead)
		way->due = due + interval_ns;
	else
		wait = due - now - ahead;
	spin_unlock(&set->lock);
	return wait ? (u32)div_u64(wait + NSEC_PER_SEC - 1, NSEC_PER_SEC) : 0;
}
