// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/atomic.h>
#include <linux/mm.h>
#include "kapi/held.h"
#include "kapi/observe/trace.h"

/*
 * A part of the machine's memory for each kind that grows with the connections. All of them leave
 * most of it to others, and 16 MiB serve thousands of ordinary connections.
 */
#define KH_HELD_PART 32
#define KH_HELD_LEAST (16ULL << 20)
#define KH_HELD_LISTINGS (64ULL << 20)

/* Of that part, what one server of another namespace may have. */
#define KH_HELD_SHARE 4
/* Memory of the machine for each connection of the servers of other namespaces. */
#define KH_HELD_CONNECTION (128ULL << 10)

/* What the servers of all namespaces but the first hold together. */
static struct kh_held_count kh_held_others[KH_HELD_COUNT];
static atomic_t kh_held_connections;
static u64 kh_held_memory __ro_after_init;

static u64 kh_held_part(enum kh_held id)
{
	u64 part = max_t(u64, kh_held_memory / KH_HELD_PART, KH_HELD_LEAST);

	return id == KH_HELD_listings ? min_t(u64, part, KH_HELD_LISTINGS) : part;
}

void __init kh_held_init(void)
{
	int id;

	kh_held_memory = (u64)totalram_pages() << PAGE_SHIFT;
	for (id = 0; id < KH_HELD_COUNT; id++)
		kh_held_others[id].limit = kh_held_part(id);
}

u64 kh_held_share(const struct kh_net *kn, enum kh_held id)
{
	return kh_held_part(id) / (kn->first ? 1 : KH_HELD_SHARE);
}

void kh_held_begin(struct kh_net *kn)
{
	int id;

	for (id = 0; id < KH_HELD_COUNT; id++)
		kh_held_set_limit(kn, id, kh_held_share(kn, id));
	/* Of the machine's administrator it is what he wants. */
	if (kn->first)
		kh_held_set_limit(kn, KH_HELD_log, U64_MAX);
}

void kh_held_set_limit(struct kh_net *kn, enum kh_held id, u64 bytes)
{
	WRITE_ONCE(kn->held[id].limit, bytes);
}

u64 kh_held_bytes(const struct kh_net *kn, enum kh_held id)
{
	return atomic64_read(&kn->held[id].bytes);
}

/* Two that come at once may both be refused, but never both be let in. */
static bool kh_held_count(struct kh_held_count *count, size_t bytes)
{
	if (atomic64_add_return(bytes, &count->bytes) <= READ_ONCE(count->limit))
		return true;
	atomic64_sub(bytes, &count->bytes);
	return false;
}

const char *const kh_held_names[KH_HELD_COUNT] = {
#define KH_HELD(name, description) #name,
#include "server/held.def"
#undef KH_HELD
};

static void kh_held_tell(const struct kh_net *kn, enum kh_held id, s64 bytes)
{
	if (trace_khttpd_held_enabled())
		trace_khttpd_held(id, bytes, kh_held_bytes(kn, id));
}

bool kh_held_take(struct kh_net *kn, enum kh_held id, size_t bytes)
{
	if (kh_held_count(&kn->held[id], bytes)) {
		if (kn->first || kh_held_count(&kh_held_others[id], bytes)) {
			kh_held_tell(kn, id, bytes);
			return true;
		}
		atomic64_sub(bytes, &kn->held[id].bytes);
	}
	kh_stat_add(kn, KH_STAT_held_refused, 1);
	trace_khttpd_limit(NULL, KH_LIMIT_HELD + id);
	return false;
}

void kh_held_give(struct kh_net *kn, enum kh_held id, size_t bytes)
{
	atomic64_sub(bytes, &kn->held[id].bytes);
	if (!kn->first)
		atomic64_sub(bytes, &kh_held_others[id].bytes);
	kh_held_tell(kn, id, -(s64)bytes);
}

void *kh_held_alloc(struct kh_net *kn, enum kh_held id, size_t bytes, enum kh_gfp gfp)
{
	void *p;

	if (!kh_held_take(kn, id, bytes))
		return NULL;
	p = kh_alloc(bytes, gfp);
	if (!p) {
		kh_stat_add(kn, KH_STAT_out_of_memory, 1);
		kh_held_give(kn, id, bytes);
	}
	return p;
}

void kh_held_free(struct kh_net *kn, enum kh_held id, const void *p, size_t bytes)
{
	/* Nothing was held: the count is one that all CPUs write. */
	if (!p)
		return;
	kh_free(p);
	kh_held_give(kn, id, bytes);
}

bool kh_held_take_connection(struct kh_net *kn)
{
	const int most = min_t(u64, kh_held_memory / KH_HELD_CONNECTION, INT_MAX / 2);

	if (kn->first)
		return true;
	if (atomic_read(&kn->active) >= most / KH_HELD_SHARE)
		return false;
	if (atomic_inc_return(&kh_held_connections) <= most)
		return true;
	atomic_dec(&kh_held_connections);
	return false;
}

void kh_held_give_connection(struct kh_net *kn)
{
	if (!kn->first)
		atomic_dec(&kh_held_connections);
}
