// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What the core and a connection tell each other: whose it is, tracepoints, and the latencies of
 * requests. BH, in a run.
 */
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/tcp.h>
#include "kapi/net/conn_observe.h"
#include "kapi/net/conn_state.h"
#include "kapi/net/peer.h"
#include "kapi/observe/trace.h"

/* Both are counted from the head's first byte and from its last. */
static void kh_conn_time_slow(struct kh_conn *c, u32 class, bool softirq, u64 first_ns, u64 last_ns)
{
	const u32 path = c->by_file ? KH_PATH_FILE : softirq ? KH_PATH_SOFTIRQ : KH_PATH_WORK;

	kh_histogram_add(c->net, from_first[path][class - 2], KH_TIME_FIRST, first_ns, 1);
	kh_histogram_add(c->net, from_last[path][class - 2], KH_TIME_FIRST, last_ns, 1);
	c->head_begun = c->head_ended = 0;
	c->attached = 0;
	c->by_file = false;
}

/* A head that was refused before its end has none. */
static void kh_conn_time_stamped(struct kh_conn *c, u32 class, bool softirq, u64 now)
{
	const u64 last = c->head_ended ? kh_conn_since(c->head_ended, now) : 0;
	const u64 first = c->head_begun ? kh_conn_since(c->head_begun, now) : last;

	kh_conn_time_slow(c, class, softirq, first, last);
}

void kh_conn_head_begun(struct kh_conn *c, const struct kh_batch *b)
{
	c->head_begun = kh_conn_stamp(b->arrived_ns);
}

void kh_conn_head_ended(struct kh_conn *c, const struct kh_batch *b)
{
	/* It may have ended before its body. */
	if (!c->head_ended)
		c->head_ended = kh_conn_stamp(b->arrived_ns);
	if (!c->head_begun)
		c->head_begun = c->head_ended;
}

void kh_conn_time_kept(struct kh_conn *c, struct kh_batch *b, u64 now)
{
	if (b->late)
		kh_conn_time_stamped(c, b->late, b->softirq, now);
	if (!b->complete)
		return;
	now = ktime_get_ns();
	if (b->open && !c->head_begun)
		kh_conn_time_slow(c, b->open, b->softirq, now - b->arrived_ns, now - b->arrived_ns);
	else if (b->open || c->attached)
		kh_conn_time_stamped(c, b->open ? b->open : c->attached, b->softirq, now);
	b->complete = false;
	b->open = 0;
}

void kh_conn_time_put_off(struct kh_conn *c, struct kh_batch *b)
{
	c->attached = b->open;
	kh_conn_head_ended(c, b);
	b->open = 0;
}

void kh_conn_time_later(const struct kh_batch *b, struct kh_tail *tail)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(tail->replies); i++)
		tail->replies[i] =
			min_t(u32, b->replies[i], U8_MAX) - (b->attached == i) - (b->late == i);
	tail->arrived_ns = b->arrived_ns;
	tail->late = b->late;
	tail->complete = b->complete;
}

void kh_conn_time_tail(struct kh_conn *c, const struct kh_tail *tail)
{
	const u64 now = ktime_get_ns();
	const u8 attached = c->attached;
	int i;

	for (i = 2; i < ARRAY_SIZE(tail->replies); i++)
		if (tail->replies[i])
			kh_histogram_add(c->net, prompt[KH_PATH_WORK][i - 2], KH_TIME_FIRST,
					 now - tail->arrived_ns, tail->replies[i]);
	if (tail->late) {
		kh_conn_time_stamped(c, tail->late, false, now);
		/* Of the reply behind it, whose request came in the run that kept the tail. */
		c->attached = attached;
		if (attached)
			c->head_begun = c->head_ended = kh_conn_stamp(tail->arrived_ns);
	} else if (tail->complete && attached) {
		kh_conn_time_stamped(c, attached, false, now);
	}
}

void kh_conn_time_accept(struct kh_conn *c)
{
	const u64 last = kh_conn_clock(c);

	/* With Fast Open, TCP may have taken no time yet. */
	if (last)
		kh_histogram_add(c->net, accept, KH_TIME_FIRST, ktime_get_ns() - last, 1);
}

void kh_conn_trace_request(const struct kh_conn *c, const u8 *method, u32 method_size,
			   const u8 *target, u32 target_size)
{
	trace_khttpd_request(c, method, method_size, target, target_size);
}

void kh_conn_trace_response(const struct kh_conn *c, const struct kh_trace_reply *reply)
{
	/* What is attached follows what is in the batch. */
	trace_khttpd_response(c, reply, c->left);
}

void kh_conn_trace_limit(const struct kh_conn *c, enum kh_limit limit)
{
	trace_khttpd_limit(c, limit);
}

void kh_conn_trace_error(const struct kh_conn *c, enum kh_error where, int error)
{
	trace_khttpd_error(c, where, error);
}

struct kh_net *kh_conn_net(const struct kh_conn *c)
{
	return c->net;
}

void kh_sock_address(const struct sock *sk, u8 *out)
{
	struct in6_addr address;

#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6)
		address = sk->sk_v6_daddr;
	else
#endif
		ipv6_addr_set_v4mapped(sk->sk_daddr, &address);
	memcpy(out, &address, sizeof(address));
}

void kh_conn_address(const struct kh_conn *c, u8 *out)
{
	if (c->named)
		memcpy(out, c->client->address, sizeof(c->client->address));
	else
		kh_sock_address(c->sk, out);
}

bool kh_conn_name_client(struct kh_conn *c, const u8 *address, u16 port, u32 limit)
{
	struct kh_client *client = kmalloc(sizeof(*client), GFP_ATOMIC);

	kh_conn_assert_locked(c);
	if (!client) {
		kh_stat_add(c->net, KH_STAT_out_of_memory, 1);
		kh_stat_add(c->net, KH_STAT_connections_refused, 1);
		return false;
	}
	memcpy(client->address, address, sizeof(client->address));
	/* First, as the proxy may name its own address, which would have one more meanwhile. */
	kh_peer_put(c->peer);
	client->peer = kh_peer_get(c->net, address, limit, GFP_ATOMIC);
	c->client = client;
	c->named = true;
	if (!client->peer) {
		kh_stat_add(c->net, KH_STAT_connections_refused, 1);
		return false;
	}
	trace_khttpd_client(c, address, port);
	return true;
}

void kh_conn_set_secure(struct kh_conn *c)
{
	kh_conn_assert_locked(c);
	c->secure = true;
}

bool kh_conn_is_secure(const struct kh_conn *c)
{
	return c->secure;
}
