// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * One run of a connection: read in place, let the core answer into this CPU's batch, give the batch
 * to TCP in one call. The same code serves the receive path and the work item: socket spinlock
 * held, socket not owned, bottom halves off, nothing sleeps.
 */
#include <linux/percpu.h>
#include <net/tcp.h>
#include "kapi/net/conn_input.h"
#include "kapi/net/conn_output.h"
#include "kapi/net/conn_run.h"
#include "kapi/observe/trace.h"

#define KH_BATCHES_SOFTIRQ 4 /* then the work item goes on, so that one peer cannot hold the CPU */
#define KH_BATCHES_PROCESS 16
#define KH_OUTAGE_LOOKS 5	   /* at the send rate, that an outage of the network may last */
#define KH_DISCARD_LIMIT (1 << 20) /* bytes of unwanted input taken once the peer has our FIN */

static void kh_batch_count(struct kh_conn *c, struct kh_batch *b)
{
	static const enum kh_stat by_class[] = {
		[1] = KH_STAT_responses_1xx, [2] = KH_STAT_responses_2xx,
		[3] = KH_STAT_responses_3xx, [4] = KH_STAT_responses_4xx,
		[5] = KH_STAT_responses_5xx,
	};
	int i;

	if (b->requests) {
		c->requests += b->requests;
		kh_stat_add(KH_STAT_requests, b->requests);
		kh_stat_add(b->softirq ? KH_STAT_requests_inline : KH_STAT_requests_worker,
			    b->requests);
	}
	for (i = 1; i < ARRAY_SIZE(by_class); i++)
		if (b->replies[i])
			kh_stat_add(by_class[i], b->replies[i]);
	b->requests = 0;
	memset(b->replies, 0, sizeof(b->replies));
}

static void kh_conn_drain(struct kh_conn *c)
{
	kh_conn_discard(c);
	if (kh_sock_peer_closed(c->sk))
		kh_conn_finish(c, c->reason, false);
	/* A reset would destroy what is not acknowledged: then only time bounds the input. */
	else if (c->discarded > KH_DISCARD_LIMIT && c->sk->sk_state == TCP_FIN_WAIT2)
		kh_conn_finish(c, c->reason, true);
}

/*
 * Everything is with TCP: FIN, then wait for the peer's within the linger time. It is the reply's
 * close unless a time-out or unload was noted as the reason.
 */
static void kh_conn_begin_close(struct kh_conn *c, const struct khttpd_config *config)
{
	struct sock *sk = c->sk;

	if (c->reason == KH_CLOSE_PEER)
		c->reason = KH_CLOSE_REPLY;
	/* Unread input would make a reset of the close, which may overtake the reply. */
	kh_conn_discard(c);
	if (kh_sock_peer_closed(sk)) {
		kh_conn_finish(c, c->reason, false);
		return;
	}
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
	WRITE_ONCE(c->phase, KH_PHASE_DRAINING);
	kh_conn_set_deadline(c, jiffies + khttpd_config_settings(config)->linger_timeout * HZ);
	kh_conn_drain(c);
}

/*
 * A reply is stuck: the connection ends when the peer takes it more slowly than the minimum rate.
 * Returns true if it did. While TCP sends again what got lost, nothing can be acknowledged; that is
 * put up with for some looks. A window that the peer keeps closed is no such outage:
 * tcp_probe_timer() has a count of its own.
 */
static bool kh_conn_cut_off_if_slow(struct kh_conn *c, const struct kh_settings *settings)
{
	u64 acked = tcp_sk(c->sk)->bytes_acked;
	u64 wanted = (u64)settings->min_send_rate * (jiffies - c->acked_when) / HZ;

	if (!kh_conn_take_expiry(c) || time_before(jiffies, c->acked_when + KH_RATE_INTERVAL))
		return false;
	if (acked - c->acked_mark >= wanted) {
		c->outage = 0;
	} else if (inet_csk(c->sk)->icsk_retransmits && c->outage < KH_OUTAGE_LOOKS) {
		c->outage++;
	} else {
		kh_stat_add(KH_STAT_timeouts_send, 1);
		kh_conn_finish(c, KH_CLOSE_SLOW, true);
		return true;
	}
	c->acked_mark = acked;
	c->acked_when = jiffies;
	return false;
}

/* The next step after a verdict, when TCP has all that came before; true to go on in this run. */
static bool kh_conn_follow(struct kh_conn *c, const struct khttpd_config *config,
			   enum kh_verdict verdict, bool softirq)
{
	c->pending = KH_FLUSH;
	switch (verdict) {
	case KH_FLUSH:
		return true;
	case KH_SEND:
		return kh_conn_send_attached(c, softirq);
	case KH_RESOLVE:
		smp_store_release(&c->resolving, true);
		kh_conn_leave_to_work(c, softirq);
		return false;
	case KH_CLOSE:
		kh_conn_begin_close(c, config);
		return false;
	case KH_ABORT:
		kh_conn_finish(c, KH_CLOSE_ERROR, true);
		return false;
	case KH_CONTINUE:
		break;
	}
	if (kh_sock_peer_closed(c->sk)) {
		kh_conn_finish(c, KH_CLOSE_PEER, false);
	} else if (test_bit(KH_CONN_STOP, &c->flags) && khttpd_conn_idle(c->core)) {
		c->reason = KH_CLOSE_UNLOAD;
		kh_conn_begin_close(c, config);
	}
	return false;
}

/*
 * The deadline has passed, but what is queued came before: the peer is late only if that neither
 * completes a request nor, on an idle connection, begins one, whose head has a time of its own.
 */
static enum kh_verdict kh_conn_read_late(struct kh_conn *c, const struct khttpd_config *config,
					 struct kh_batch *b)
{
	bool idle = khttpd_conn_idle(c->core);
	enum kh_verdict verdict = kh_conn_read(c, config, b);

	if (verdict != KH_CONTINUE || b->requests || b->size)
		return verdict;
	if (idle && !khttpd_conn_idle(c->core))
		return KH_CONTINUE;
	c->reason = KH_CLOSE_TIMEOUT;
	return khttpd_conn_timeout(c->core, config, b);
}

/* Reads and answers until there is nothing to read, no room to answer or the budget is used up. */
static void kh_conn_serve(struct kh_conn *c, const struct khttpd_config *config,
			  struct kh_scratch *s)
{
	int left = s->batch.softirq ? KH_BATCHES_SOFTIRQ : KH_BATCHES_PROCESS;
	bool expired = !c->resume && kh_conn_take_expiry(c);
	enum kh_verdict verdict;

	for (;;) {
		if (c->resume) {
			c->resume = false;
			verdict = khttpd_conn_resume(c->core, config, &s->batch);
			/* Input that came meanwhile is still to be read. */
			if (verdict == KH_CONTINUE)
				verdict = KH_FLUSH;
		} else if (!sk_stream_is_writeable(c->sk)) {
			kh_conn_await_space(c);
			return;
		} else if (expired) {
			expired = false;
			verdict = kh_conn_read_late(c, config, &s->batch);
		} else {
			verdict = kh_conn_read(c, config, &s->batch);
		}
		if (verdict == KH_ABORT)
			s->batch.size = 0;
		if (!kh_conn_flush_batch(c, s, verdict == KH_CLOSE || verdict == KH_SEND)) {
			/* What the core said is followed once TCP has the tail. */
			c->pending = verdict == KH_CONTINUE ? KH_FLUSH : verdict;
			return;
		}
		if (!kh_conn_follow(c, config, verdict, s->batch.softirq))
			break;
		if (--left == 0) {
			kh_conn_kick(c);
			break;
		}
		kh_batch_count(c, &s->batch);
	}
	if (c->phase == KH_PHASE_OPEN && !c->resolving && !c->left) {
		c->acked_mark = KH_RATE_OFF;
		khttpd_conn_arm_deadline(c->core, config);
	}
}

static void kh_conn_run_draining(struct kh_conn *c)
{
	kh_conn_drain(c);
	if (c->phase == KH_PHASE_DRAINING && kh_conn_take_expiry(c)) {
		kh_stat_add(KH_STAT_timeouts_linger, 1);
		kh_conn_finish(c, c->reason, false);
	}
}

static void kh_conn_run_open(struct kh_conn *c, const struct khttpd_config *config,
			     struct kh_scratch *s)
{
	const bool softirq = s->batch.softirq;

	if (c->blocked && kh_conn_cut_off_if_slow(c, khttpd_config_settings(config)))
		return;
	if (!kh_conn_unblock(c, s))
		return;
	/* Input waits until the work item is through. */
	if (smp_load_acquire(&c->resolving) || c->stream) {
		kh_conn_leave_to_work(c, softirq);
		return;
	}
	if (kh_conn_follow(c, config, c->pending, softirq))
		kh_conn_serve(c, config, s);
}

static void kh_conn_run_phase(struct kh_conn *c, const struct khttpd_config *config,
			      struct kh_scratch *s)
{
	if (test_bit(KH_CONN_KILL, &c->flags))
		kh_conn_finish(c, KH_CLOSE_UNLOAD, true);
	else if (c->phase == KH_PHASE_DRAINING)
		kh_conn_run_draining(c);
	else if (c->sk->sk_err)
		kh_conn_finish(c, KH_CLOSE_ERROR, false);
	else
		kh_conn_run_open(c, config, s);
}

void kh_conn_run(struct kh_conn *c, bool softirq)
{
	struct kh_scratch *s = this_cpu_ptr(kh_scratch);
	const struct khttpd_config *config;
	struct kh_batch *b = &s->batch;

	kh_conn_assert_locked(c);
	if (c->phase == KH_PHASE_DONE)
		return;
	/* A device that loops our own packet back at once would come here again. */
	if (s->busy) {
		kh_conn_kick(c);
		return;
	}
	rcu_read_lock();
	config = rcu_dereference(c->net->config);
	s->busy = true;
	b->size = 0;
	b->softirq = softirq;
	b->log = rcu_dereference(c->net->log);
	b->tracing = trace_khttpd_request_enabled() || trace_khttpd_response_enabled();
	if (config)
		kh_conn_run_phase(c, config, s);
	else
		kh_conn_finish(c, KH_CLOSE_UNLOAD, true);
	if (softirq && c->phase == KH_PHASE_DONE)
		kh_conn_end(c);
	kh_batch_count(c, b);
	s->busy = false;
	rcu_read_unlock();
}
