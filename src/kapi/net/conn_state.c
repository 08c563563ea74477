// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/jiffies.h>
#include <net/tcp.h>
#include "kapi/net/conn_state.h"
#include "kapi/net/work.h"
#include "kapi/observe/trace.h"

void kh_conn_kick(struct kh_conn *c)
{
	queue_work_on(raw_smp_processor_id(), kh_workqueue, &c->work);
}

void kh_conn_leave_to_files(struct kh_conn *c, bool softirq)
{
	/* Elsewhere it is the item itself that runs, or it is queued when the run is over. */
	if (softirq)
		queue_work_on(raw_smp_processor_id(), kh_file_workqueue(c->net), &c->files);
}

/*
 * What waits for space in the send buffer is mostly a file, of which the next part is wanted then:
 * one switch does. While `files` is at it the item sees the space by itself.
 */
void kh_conn_kick_to_send(struct kh_conn *c)
{
	if (!READ_ONCE(c->file) || READ_ONCE(c->phase) != KH_PHASE_OPEN)
		kh_conn_kick(c);
	else if (!kh_conn_at_files(c))
		kh_conn_leave_to_files(c, true);
}

/*
 * Whether `files` is to release the connection, which is over. The phase, then what the item has:
 * it looks in the other order, so that one of both sees the other.
 */
static bool kh_conn_ends_by_files(const struct kh_conn *c)
{
	smp_mb();
	return kh_conn_at_files(c) || work_pending(&c->files);
}

DEFINE_PER_CPU(struct kh_ended, kh_ended);

/*
 * Where both ends are closed nobody waits for what is left, the release: it is put off to the next
 * tick, when one switch to the worker does it for all connections that ended meanwhile.
 */
void kh_conn_end(struct kh_conn *c)
{
	struct kh_ended *ended = raw_cpu_ptr(&kh_ended);

	if (c->phase == KH_PHASE_OPEN || c->sk->sk_state != TCP_CLOSE)
		kh_conn_kick(c);
	else if (!kh_conn_ends_by_files(c) && !test_and_set_bit(KH_CONN_ENDED, &c->flags) &&
		 llist_add(&c->ended, &ended->list))
		mod_timer(&ended->timer, jiffies + 1);
}

void kh_conn_end_now(struct kh_conn *c, bool by_files)
{
	struct kh_ended *ended = raw_cpu_ptr(&kh_ended);

	if (!by_files && kh_conn_ends_by_files(c))
		return;
	if (test_and_set_bit(KH_CONN_ENDED, &c->flags))
		return;
	llist_add(&c->ended, &ended->list);
	queue_work_on(ended->cpu, kh_workqueue, &ended->work);
}

/*
 * Softirq. A deadline that moved later since the timer was set only sets it anew; looked at once
 * more afterwards, as one that moved earlier meanwhile may have set the timer before us.
 */
void kh_conn_timer(struct timer_list *timer)
{
	struct kh_conn *c = container_of(timer, struct kh_conn, timer);
	unsigned long deadline, set;

	/* The timer is no longer pending, then the deadline: see kh_conn_set_deadline(). */
	smp_mb();
	deadline = READ_ONCE(c->deadline);
	while (time_before(jiffies, deadline)) {
		set = deadline;
		mod_timer(timer, set);
		smp_mb();
		deadline = READ_ONCE(c->deadline);
		if (deadline == set)
			return;
	}
	set_bit(KH_CONN_EXPIRED, &c->flags);
	kh_conn_kick(c);
}

void kh_conn_set_deadline(struct kh_conn *c, unsigned long ticks)
{
	WRITE_ONCE(c->deadline, ticks);
	/* The deadline, then the timer: kh_conn_timer() looks in the other order. */
	smp_mb();
	if (test_bit(KH_CONN_DETACHED, &c->flags))
		return;
	if (!timer_pending(&c->timer) || time_before(ticks, READ_ONCE(c->timer.expires)))
		mod_timer(&c->timer, ticks);
}

bool kh_conn_take_expiry(struct kh_conn *c)
{
	if (!test_and_clear_bit(KH_CONN_EXPIRED, &c->flags))
		return false;
	if (!time_before(jiffies, c->deadline))
		return true;
	/* Moved while the timer fired, which may have seen the old one. */
	kh_conn_set_deadline(c, c->deadline);
	return false;
}

/* What is left is for the work item: kh_conn_run() sees to it that it runs. */
void kh_conn_finish(struct kh_conn *c, enum kh_close_reason reason, bool reset)
{
	kh_conn_assert_locked(c);
	/* A file may still be on its way out when the connection ends. */
	if (c->phase == KH_PHASE_DONE)
		return;
	if (reason == KH_CLOSE_ERROR)
		kh_stat_add(c->net, KH_STAT_resets, 1);
	c->reason = reason;
	c->reset = reset;
	WRITE_ONCE(c->phase, KH_PHASE_DONE);
	trace_khttpd_state(c, KH_PHASE_DONE, reason);
}

void kh_conn_fail(struct kh_conn *c, enum kh_error where, int error, bool reset)
{
	if (c->phase != KH_PHASE_DONE)
		trace_khttpd_error(c, where, error);
	kh_conn_finish(c, KH_CLOSE_ERROR, reset);
}

bool kh_sock_peer_closed(const struct sock *sk)
{
	return sk->sk_state == TCP_CLOSE || (sk->sk_shutdown & RCV_SHUTDOWN);
}
