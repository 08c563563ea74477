/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Latencies of requests, from when TCP had the head's bytes until it took the last of the reply. No
 * clock is read for them on the usual way: TCP reads it for each segment that comes, and once more
 * when it sends, and keeps the time in the socket (tcp_mstamp_refresh()). Where a request is not
 * answered in the run in which it comes, or has content attached, the clock is read.
 *
 * What waited in the socket is counted from the last segment that came or went on the connection.
 * BH, socket locked.
 */
#pragma once

#include <linux/timekeeping.h>
#include <net/tcp.h>
#include "kapi/net/conn_state.h"
#include "kapi/observe/histogram.h"

/* A time in 1.024 us, never 0: it comes round after 73 minutes. */
#define KH_STAMP_SHIFT 10

static inline u32 kh_conn_stamp(u64 ns)
{
	u32 stamp = ns >> KH_STAMP_SHIFT;

	return stamp ? stamp : 1;
}

static inline u64 kh_conn_since(u32 stamp, u64 now)
{
	return (u64)((u32)(now >> KH_STAMP_SHIFT) - stamp) << KH_STAMP_SHIFT;
}

/* When a segment last came or went on the connection, monotonic; 0 for never. */
static inline u64 kh_conn_clock(const struct kh_conn *c)
{
	return tcp_sk(c->sk)->tcp_clock_cache;
}

/* Counts a reply whose head was kept, and one whose content is all with TCP. */
void kh_conn_time_kept(struct kh_conn *c, struct kh_batch *b, u64 now);
/* The run is over before what is attached is with TCP. */
void kh_conn_time_put_off(struct kh_conn *c, struct kh_batch *b);
/* TCP did not take all of the batch, whose rest is kept; and it has. */
void kh_conn_time_later(const struct kh_batch *b, struct kh_tail *tail);
void kh_conn_time_tail(struct kh_conn *c, const struct kh_tail *tail);
/* In the first run, before TCP is asked for anything. */
void kh_conn_time_accept(struct kh_conn *c);

/* Counts the replies of a class in the batch whose requests came in this run. */
static inline void kh_conn_time_prompt(struct kh_conn *c, const struct kh_batch *b, u32 class)
{
	u32 replies = b->replies[class] - (b->late == class) - (b->attached == class);

	if (replies)
		kh_histogram_add(c->net,
				 prompt[b->softirq ? KH_PATH_SOFTIRQ : KH_PATH_WORK][class - 2],
				 KH_TIME_FIRST, b->given_ns - b->arrived_ns, replies);
}

/* All of the batch is with TCP, whose clock was `clock` before. */
static inline void kh_conn_time_batch(struct kh_conn *c, struct kh_batch *b, u64 clock)
{
	const u64 now = kh_conn_clock(c);

	/* Nothing but a reply that is not over. */
	if (b->attached && b->requests <= 1 && !b->late)
		return;
	/* It does not send at once where it waits for more to go with it (MSG_MORE, autocork). */
	b->given_ns = now != clock ? now : ktime_get_ns();
	if (b->late || b->complete)
		kh_conn_time_kept(c, b, b->given_ns);
}

static inline void kh_batch_forget_times(struct kh_batch *b)
{
	b->given_ns = 0;
	b->late = 0;
	b->attached = 0;
	b->complete = false;
}
