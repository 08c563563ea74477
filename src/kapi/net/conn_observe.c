// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the core and a connection tell each other: whose it is, and tracepoints. BH, in a run. */
#include <linux/slab.h>
#include <net/ipv6.h>
#include "kapi/net/conn_state.h"
#include "kapi/net/peer.h"
#include "kapi/observe/trace.h"

void kh_conn_trace_request(const struct kh_conn *c, const u8 *method, u32 method_size,
			   const u8 *target, u32 target_size)
{
	trace_khttpd_request(c, method, method_size, target, target_size);
}

void kh_conn_trace_response(const struct kh_conn *c, u32 status, u64 bytes, u64 latency_ns)
{
	/* What is attached follows what is in the batch. */
	trace_khttpd_response(c, status, bytes + c->left, latency_ns);
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
