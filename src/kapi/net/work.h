/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where connections and listeners run in process context: threads that accept, a work queue for
 * what never waits for a disk, and one for what may. They share no worker and no bound, so that a
 * disk that hangs stops neither accepts nor time-outs, releases and replies from memory. All are
 * bound to a CPU, where the packets came that caused the work.
 */
#pragma once

#include <linux/atomic.h>
#include <linux/llist.h>
#include <linux/workqueue.h>
#include "kapi/netns.h"

/*
 * What an accept thread does at its turn. There is a thread a CPU, at the lowest real-time
 * priority: on a machine whose processes want more than its CPUs can give, a new connection is
 * taken all the same. It may sleep for memory only. Items of a CPU have their turns in the order in
 * which they were queued. A thread that has been busy for some 10 ms sleeps for a tick or two.
 */
struct kh_turn {
	struct llist_node node;
	/* Several threads may call it at a time, when the item is queued meanwhile. */
	void (*run)(struct kh_turn *turn);
	unsigned long state;  /* enum kh_turn_state of work.c, atomic bit operations */
	atomic_t users;	      /* queued, or under way */
	unsigned long queued; /* when, in ticks */
	struct delayed_work later;
};

void kh_turn_init(struct kh_turn *turn, void (*run)(struct kh_turn *turn));
/* Any context; without effect while the item waits for its turn, and once it is stopped. */
void kh_turn_queue(struct kh_turn *turn);
/* The same when `delay` ticks are over. For the item's own run. */
void kh_turn_queue_later(struct kh_turn *turn, unsigned long delay);
/* No run begins from here on. Any context. */
void kh_turn_refuse(struct kh_turn *turn);
/*
 * After kh_turn_refuse(): the item runs no more when this returns, and never again. No other but
 * its own run may queue it meanwhile. Process context.
 */
void kh_turn_stop(struct kh_turn *turn);

/*
 * Runs and releases. Items are short and sleep for memory only, so the kernel's bound on how
 * many are under way will do. WQ_HIGHPRI: a time-out or a release must not wait for somebody's
 * long computation on a common worker. WQ_MEM_RECLAIM: releases give memory back, so there has to
 * be a worker when there is no memory for a new one.
 */
extern struct workqueue_struct *kh_workqueue;

/*
 * For an item of that queue: what waits for a softirq on this CPU has its turn now. Before 6.5
 * softirqs are left to ksoftirqd once it has been woken, and that is an ordinary process, which
 * waits for as long as our workers with their higher priority have something to do: so packets of
 * other clients would wait for all runs that those bring who send without a pause. May sleep.
 */
void kh_work_let_softirqs_run(void);

/*
 * Lookups, opening, reading and listing: each may wait for a disk or a network for ever. At common
 * priority, as a listing takes much time of a CPU. Not WQ_MEM_RECLAIM: they allocate and wait for
 * file systems, which write to free memory, not the other way round. A waiting item costs a thread;
 * the others of its CPU wait in the order they came. The server of the first network namespace has
 * a queue of its own: what others name as their document root may be slow on purpose. Any context.
 */
struct workqueue_struct *kh_file_workqueue(const struct kh_net *kn);

/*
 * Around what an item of such a queue does, which stays on its CPU: how many are under way
 * there, and how long others wait for a thread, is what kh_files_pace() tells from. Process
 * context.
 */
struct kh_file_load *kh_file_work_begin(const struct kh_net *kn);
void kh_file_work_end(struct kh_file_load *load);

int kh_work_create(void);
void kh_work_destroy(void);
