/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a CPU lends to a run: the batch of replies, the page fragment that TCP copies into, the date
 * and the memo of the last head's fields. A run has bottom halves off, which keeps others of this
 * CPU away. With PREEMPT_RT it may not: there they wait at a lock, which is no code elsewhere.
 */
#pragma once

#include <linux/mm_types.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include "compat/compat.h"
#include "kapi/netns.h"

/* The longest batch, as what TCP does not take of it is kept in one block (struct kh_tail). */
#define KH_BATCH_BYTES (16384 - 24)

struct kh_scratch {
	struct kh_batch batch;
	struct page_frag frag;
	u32 work;		   /* what this run may still do, see kh_scratch_charge() */
	local_lock_t lock;	   /* of all of this, below a socket's spinlock */
	struct task_struct *owner; /* who has taken it */
	u64 memo_of;		   /* the server, by its number, whose requests the memo has */
};

extern struct kh_scratch __percpu *kh_scratch;

/*
 * The work of a run is counted in bytes that were looked at; what else there is to do for a peer is
 * counted as so many of them, by what it costs (docs/performance.md). A run that has used up its
 * work leaves the rest to the work item, and the CPU to others.
 */
#define KH_WORK_RUN 32768
#define KH_WORK_BUFFER 64   /* a buffer of TCP's is found, handed over and freed */
#define KH_WORK_REQUEST 256 /* a request is looked up and answered */
#define KH_WORK_SHIFT 4	    /* bytes that are passed on or thrown away: 16 count as one */

static inline void kh_scratch_charge(struct kh_scratch *s, u64 work)
{
	s->work -= min_t(u64, s->work, work);
}

/*
 * This CPU's, until the caller gives it back. Bottom halves off. NULL when the caller's task has it
 * already: in a run within a run, which would wait for itself.
 */
static inline struct kh_scratch *kh_scratch_take(void)
{
	struct kh_scratch *s = this_cpu_ptr(kh_scratch);

	/* Another task may come and go here where it can be preempted: none of them is us. */
	if (READ_ONCE(s->owner) == current)
		return NULL;
	local_lock_nested_bh(&kh_scratch->lock);
	WRITE_ONCE(s->owner, current);
	return s;
}

static inline void kh_scratch_give(struct kh_scratch *s)
{
	WRITE_ONCE(s->owner, NULL);
	local_unlock_nested_bh(&kh_scratch->lock);
}

/* sparse counts it as a lock: whoever gets it has to give it back on every way out. */
#ifdef __CHECKER__
#define kh_scratch_take()                                  \
	({                                                 \
		struct kh_scratch *s_ = kh_scratch_take(); \
		if (s_)                                    \
			__acquire(kh_scratch);             \
		s_;                                        \
	})
#define kh_scratch_give(s)             \
	do {                           \
		kh_scratch_give(s);    \
		__release(kh_scratch); \
	} while (0)
#endif

/*
 * What this CPU remembers of another server's requests is forgotten: how long a comparison takes
 * would tell of it.
 */
static inline void kh_scratch_begin_run(struct kh_scratch *s, const struct kh_net *kn)
{
	s->work = KH_WORK_RUN;
	if (s->memo_of == kn->id)
		return;
	memset(s->batch.memo, 0, KH_MEMO_BYTES);
	s->memo_of = kn->id;
}

/* Process context. */
int kh_scratch_create(void);
void kh_scratch_destroy(void);
