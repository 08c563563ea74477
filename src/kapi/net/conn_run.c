// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * One run of a connection: read in place, let the core answer into this CPU's batch, give the batch
 * to TCP in one call. The same code serves the receive path and the work item: socket spinlock
 * held, socket not owned, bottom halves off, nothing sleeps.
 */
#include <linux/percpu.h>
#include <net/tcp.h>
#include "kapi/net/conn_input.h"
#include "kapi/net/conn_observe.h"
#include "kapi/net/conn_output.h"
#include "kapi/net/conn_run.h"
#include "kapi/observe/trace.h"

#define KH_BATCHES_SOFTIRQ 4 /* then the work item goes on, so that one peer cannot hold the CPU */
#define KH_BATCHES_PROCESS 16
#define KH_HUNGER_LOOKS 50 /* for memory to keep a head, KH_RETRY_INTERVAL apart */
#define KH_OUTAGE_LOOKS 5  /* at the send rate, that an outage of the network may last */
/*
 * Bytes of unwanted input taken once the peer has our FIN: of the largest body that can be allowed.
 * Many clients read the reply only when they have sent all of theirs.
 */
#define KH_DISCARD_LIMIT (1 << 30)

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
		kh_stat_add(c->net, KH_STAT_requests, b->requests);
		kh_stat_add(c->net, b->softirq ? KH_STAT_requests_inline : KH_STAT_requests_worker,
			    b->requests);
	}
	for (i = 1; i < ARRAY_SIZE(by_class); i++) {
		if (!b->replies[i])
			continue;
		kh_stat_add(c->net, by_class[i], b->replies[i]);
		if (b->given_ns && i >= 2)
			kh_conn_time_prompt(c, b, i);
	}
	if (b->contents)
		kh_histogram_add(c->net, content, KH_SIZE_FIRST, b->content, b->contents);
	b->contents = 0;
	b->requests = 0;
	b->work = 0;
	memset(b->replies, 0, sizeof(b->replies));
	kh_batch_forget_times(b);
}

/* The run has used up its work: the work item goes on, and until then input waits. */
static void kh_conn_cut_run(struct kh_conn *c)
{
	kh_stat_add(c->net, KH_STAT_runs_cut, 1);
	trace_khttpd_limit(c, KH_LIMIT_RUN);
	c->behind = true;
	kh_conn_kick(c);
}

static void kh_conn_drain(struct kh_conn *c, struct kh_scratch *s)
{
	bool all = kh_conn_discard(c, s);

	if (c->sk->sk_state == TCP_CLOSE || (all && kh_sock_peer_closed(c->sk)))
		kh_conn_finish(c, c->reason, false);
	/* A reset would destroy what is not acknowledged: then only time bounds the input. */
	else if (c->discarded > KH_DISCARD_LIMIT && c->sk->sk_state == TCP_FIN_WAIT2)
		kh_conn_finish(c, c->reason, true);
	else if (!all)
		kh_conn_cut_run(c);
}

/*
 * Everything is with TCP: FIN, then wait for the peer's within the linger time. It is the reply's
 * close unless a time-out or unload was noted as the reason.
 */
static void kh_conn_begin_close(struct kh_conn *c, const struct khttpd_config *config,
				struct kh_scratch *s)
{
	struct sock *sk = c->sk;

	if (c->reason == KH_CLOSE_PEER)
		c->reason = KH_CLOSE_REPLY;
	/* Unread input would make a reset of the close, which may overtake the reply. */
	if (kh_conn_discard(c, s) && kh_sock_peer_closed(sk)) {
		kh_conn_finish(c, c->reason, false);
		return;
	}
	WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
	sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
	WRITE_ONCE(c->phase, KH_PHASE_DRAINING);
	trace_khttpd_state(c, KH_PHASE_DRAINING, c->reason);
	kh_conn_start_rate(c);
	kh_conn_set_deadline(c, jiffies + khttpd_config_settings(config)->linger_timeout * HZ);
	kh_conn_drain(c, s);
}

/*
 * The peer has closed its window: data waits, and none is on its way whose acknowledgement would
 * let it go. A player on pause does that, and `curl URL | (sleep 15; ...)`.
 */
static bool kh_sock_window_closed(struct sock *sk)
{
	return !tcp_sk(sk)->packets_out && tcp_send_head(sk);
}

/* False once the time that the settings give to a peer that takes nothing is used up. */
static bool kh_conn_excuse_pause(struct kh_conn *c, const struct kh_settings *settings, bool closed)
{
	/* One that opened its window a moment ago has had no time to take much. */
	if (!closed && !c->paused)
		return false;
	if ((c->paused + 1) * KH_RATE_INTERVAL > settings->send_timeout * HZ)
		return false;
	c->paused++;
	return true;
}

/* As above for a network that is out: while TCP sends again nothing can be acknowledged. */
static bool kh_conn_excuse_outage(struct kh_conn *c)
{
	if (!inet_csk(c->sk)->icsk_retransmits || c->outage == KH_OUTAGE_LOOKS)
		return false;
	c->outage++;
	return true;
}

/*
 * Compares what was acknowledged since the last look with the minimum rate, and ends the connection
 * when it is less and nothing excuses it. Returns true if it did. Excuses are used up: only a look
 * that met the rate renews them, so that no peer holds a reply longer than all of them last.
 */
static bool kh_conn_cut_off_if_slow(struct kh_conn *c, const struct kh_settings *settings)
{
	u64 acked = tcp_sk(c->sk)->bytes_acked;
	u64 wanted = (u64)settings->min_send_rate * (jiffies - c->acked_when) / HZ;
	bool closed = kh_sock_window_closed(c->sk);

	if (acked - c->acked_mark >= wanted && !(closed && acked == c->acked_mark)) {
		c->outage = 0;
		c->paused = 0;
	} else if (!kh_conn_excuse_outage(c) && !kh_conn_excuse_pause(c, settings, closed)) {
		kh_stat_add(c->net, KH_STAT_timeouts_send, 1);
		kh_conn_finish(c, KH_CLOSE_SLOW, true);
		return true;
	}
	c->acked_mark = acked;
	c->acked_when = jiffies;
	return false;
}

static bool kh_conn_follow_send(struct kh_conn *c, struct kh_scratch *s)
{
	u64 before = c->left;
	bool sent = kh_conn_send_attached(c, s);

	kh_scratch_charge(s, (before - c->left) >> KH_WORK_SHIFT);
	return sent;
}

/* The next step after a verdict, when TCP has all that came before; true to go on in this run. */
static bool kh_conn_follow(struct kh_conn *c, const struct khttpd_config *config,
			   enum kh_verdict verdict, struct kh_scratch *s)
{
	c->pending = KH_FLUSH;
	switch (verdict) {
	case KH_FLUSH:
		return true;
	case KH_SEND:
		return kh_conn_follow_send(c, s);
	case KH_RESOLVE:
		c->by_file = true;
		c->queued_ns = ktime_get_ns();
		smp_store_release(&c->resolving, true);
		kh_conn_leave_to_files(c, s->batch.softirq);
		return false;
	case KH_CLOSE:
		kh_conn_begin_close(c, config, s);
		return false;
	case KH_ABORT:
		kh_conn_finish(c, KH_CLOSE_ERROR, true);
		return false;
	case KH_STARVED:
	case KH_CONTINUE:
		break;
	}
	if (kh_sock_peer_closed(c->sk)) {
		kh_conn_finish(c, KH_CLOSE_PEER, false);
	} else if (test_bit(KH_CONN_STOP, &c->flags) && khttpd_conn_idle(c->core)) {
		c->reason = KH_CLOSE_UNLOAD;
		kh_conn_begin_close(c, config, s);
	}
	return false;
}

/*
 * The deadline has passed, but what is queued came before: the peer is late only if that neither
 * completes a request nor, on an idle connection, begins one, whose head has a time of its own. It
 * may take several runs to tell, in which what comes after the deadline does not count.
 */
static enum kh_verdict kh_conn_read_late(struct kh_conn *c, const struct khttpd_config *config,
					 struct kh_scratch *s)
{
	const struct tcp_sock *tp = tcp_sk(c->sk);
	const struct kh_batch *b = &s->batch;
	bool idle = khttpd_conn_idle(c->core);
	enum kh_verdict verdict;

	if (!c->late_until)
		c->late_until = tp->rcv_nxt | 1;
	verdict = kh_conn_read(c, config, s);
	if ((verdict != KH_CONTINUE && verdict != KH_FLUSH) || b->requests || b->size)
		return verdict;
	if (idle && !khttpd_conn_idle(c->core))
		return verdict;
	if (verdict == KH_FLUSH && before(tp->copied_seq, c->late_until)) {
		set_bit(KH_CONN_EXPIRED, &c->flags);
		return verdict;
	}
	c->reason = KH_CLOSE_TIMEOUT;
	return khttpd_conn_timeout(c->core, config, &s->batch);
}

static enum kh_verdict kh_conn_read_in_time(struct kh_conn *c, const struct khttpd_config *config,
					    struct kh_scratch *s)
{
	c->late_until = 0;
	return kh_conn_read(c, config, s);
}

/*
 * There was no memory to keep a head, which is still in the socket: it is read again in a moment,
 * and after too many of them not any more.
 */
static void kh_conn_await_memory(struct kh_conn *c)
{
	kh_stat_add(c->net, KH_STAT_starved_heads, 1);
	if (++c->hunger > KH_HUNGER_LOOKS) {
		kh_conn_fail(c, KH_ERROR_MEMORY, -ENOMEM, true);
		return;
	}
	c->hungry = true;
	kh_conn_set_deadline(c, jiffies + KH_RETRY_INTERVAL);
}

/* False until the moment is over, whatever wakes the connection meanwhile. */
static bool kh_conn_end_hunger(struct kh_conn *c)
{
	if (time_before(jiffies, c->deadline))
		return false;
	c->hungry = false;
	/* It was no deadline of the peer's: one that is seen to have passed would be. */
	kh_conn_set_deadline(c, jiffies + KH_RATE_INTERVAL);
	clear_bit(KH_CONN_EXPIRED, &c->flags);
	return true;
}

/* Reads and answers until there is nothing to read, no room to answer or the budget is used up. */
static void kh_conn_serve(struct kh_conn *c, const struct khttpd_config *config,
			  struct kh_scratch *s)
{
	int left = s->batch.softirq ? KH_BATCHES_SOFTIRQ : KH_BATCHES_PROCESS;
	bool expired = !c->resume && kh_conn_take_expiry(c);
	enum kh_verdict verdict;
	u64 clock;
	u32 size;

	for (;;) {
		if (c->resume) {
			c->resume = false;
			verdict = khttpd_conn_resume(c->core, config, &s->batch);
			/* Input that came meanwhile is still to be read; space may have to come. */
			if (verdict == KH_CONTINUE && (!skb_queue_empty(&c->sk->sk_receive_queue) ||
						       !sk_stream_is_writeable(c->sk)))
				verdict = KH_FLUSH;
		} else if (!sk_stream_is_writeable(c->sk)) {
			kh_conn_await_space(c);
			return;
		} else if (expired) {
			expired = false;
			verdict = kh_conn_read_late(c, config, s);
		} else {
			verdict = kh_conn_read_in_time(c, config, s);
		}
		kh_scratch_charge(s, s->batch.requests * KH_WORK_REQUEST +
					     (s->batch.size >> KH_WORK_SHIFT) + s->batch.work);
		if (verdict == KH_ABORT)
			s->batch.size = 0;
		clock = kh_conn_clock(c);
		size = s->batch.size;
		if (!kh_conn_flush_batch(c, s, verdict == KH_CLOSE || verdict == KH_SEND)) {
			/* What the core said is followed once TCP has the tail. */
			c->pending = verdict == KH_CONTINUE || verdict == KH_STARVED ? KH_FLUSH :
										       verdict;
			return;
		}
		if (size || s->batch.complete)
			kh_conn_time_batch(c, &s->batch, clock);
		if (verdict == KH_STARVED) {
			kh_conn_await_memory(c);
			return;
		}
		c->hunger = 0;
		if (!kh_conn_follow(c, config, verdict, s))
			break;
		if (--left == 0 || !s->work) {
			kh_conn_cut_run(c);
			break;
		}
		kh_batch_count(c, &s->batch);
	}
	/* Not by `resolving`: an item that ran already, on another CPU, may have cleared it. */
	if (c->phase == KH_PHASE_OPEN && verdict != KH_RESOLVE && !c->left) {
		c->acked_mark = KH_RATE_OFF;
		khttpd_conn_arm_deadline(c->core, config);
	}
}

/* Our FIN comes last: until it is acknowledged, so is not all of the reply. */
static bool kh_sock_fin_acked(const struct sock *sk)
{
	return sk->sk_state == TCP_FIN_WAIT2 || sk->sk_state == TCP_CLOSE;
}

/*
 * The linger time ends the wait for the peer's FIN, not a reply that is on its way still: released
 * now, it would be held by a socket that counts for no address and that nobody watches.
 */
static void kh_conn_run_draining(struct kh_conn *c, const struct kh_settings *settings,
				 struct kh_scratch *s)
{
	kh_conn_drain(c, s);
	if (c->phase != KH_PHASE_DRAINING || !kh_conn_take_expiry(c))
		return;
	if (!kh_sock_fin_acked(c->sk)) {
		if (!kh_conn_cut_off_if_slow(c, settings))
			kh_conn_set_deadline(c, jiffies + KH_RATE_INTERVAL);
		return;
	}
	kh_stat_add(c->net, KH_STAT_timeouts_linger, 1);
	kh_conn_finish(c, c->reason, false);
}

static void kh_conn_run_open(struct kh_conn *c, const struct khttpd_config *config,
			     struct kh_scratch *s)
{
	if (c->hungry && !kh_conn_end_hunger(c))
		return;
	if (c->blocked && kh_conn_take_expiry(c) &&
	    !time_before(jiffies, c->acked_when + KH_RATE_INTERVAL) &&
	    kh_conn_cut_off_if_slow(c, khttpd_config_settings(config)))
		return;
	if (!kh_conn_unblock(c, s))
		return;
	/* Input waits until the item of files is through, which whoever set the flag has queued. */
	if (smp_load_acquire(&c->resolving) || c->stream)
		return;
	if (kh_conn_follow(c, config, c->pending, s))
		kh_conn_serve(c, config, s);
}

static void kh_conn_run_phase(struct kh_conn *c, const struct khttpd_config *config,
			      struct kh_scratch *s)
{
	if (test_bit(KH_CONN_KILL, &c->flags))
		kh_conn_finish(c, KH_CLOSE_UNLOAD, true);
	else if (c->phase == KH_PHASE_DRAINING)
		kh_conn_run_draining(c, khttpd_config_settings(config), s);
	else if (c->sk->sk_err)
		kh_conn_fail(c, KH_ERROR_RESET, -c->sk->sk_err, false);
	else
		kh_conn_run_open(c, config, s);
}

/* `requests` are those of the connection before the run. The lock is still held. */
static void kh_conn_trace_run(const struct kh_conn *c, const struct kh_scratch *s, u32 requests,
			      u64 began_ns)
{
	/* Not for one that was under way when the event was switched on. */
	if (began_ns)
		trace_khttpd_run(c, s->batch.softirq, c->requests - requests, KH_WORK_RUN - s->work,
				 began_ns);
}

void kh_conn_run(struct kh_conn *c, bool softirq)
{
	const struct khttpd_config *config;
	struct kh_scratch *s;
	struct kh_batch *b;
	u64 began_ns = 0;
	u32 requests = 0;

	kh_conn_assert_locked(c);
	if (trace_khttpd_run_enabled()) {
		began_ns = ktime_get_ns();
		requests = c->requests;
	}
	if (c->phase == KH_PHASE_DONE)
		return;
	/* A device that loops our own packet back at once would come here again. */
	s = kh_scratch_take();
	if (!s) {
		kh_conn_kick(c);
		return;
	}
	b = &s->batch;
	rcu_read_lock();
	config = rcu_dereference(c->net->config);
	kh_scratch_begin_run(s, c->net);
	if (!softirq)
		c->behind = false;
	b->size = 0;
	b->softirq = softirq;
	b->arrived_ns = kh_conn_clock(c) ?: ktime_get_ns();
	b->log = rcu_dereference(c->net->log);
	b->tracing = trace_khttpd_request_enabled() || trace_khttpd_response_enabled();
	if (config)
		kh_conn_run_phase(c, config, s);
	else
		kh_conn_finish(c, KH_CLOSE_UNLOAD, true);
	if (softirq && c->phase == KH_PHASE_DONE)
		kh_conn_end(c);
	kh_batch_count(c, b);
	if (b->open)
		kh_conn_time_put_off(c, b);
	if (trace_khttpd_run_enabled())
		kh_conn_trace_run(c, s, requests, began_ns);
	rcu_read_unlock();
	kh_scratch_give(s);
}
