// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Callbacks run under the socket's lock: its spinlock in softirq, or from release_sock() with the
 * socket owned. They fetch the user data under RCU, never under sk_callback_lock.
 */
#include <net/tcp.h>
#include "kapi/net/conn_callbacks.h"
#include "kapi/net/conn_run.h"

static struct {
	void (*data_ready)(struct sock *sk);
	void (*state_change)(struct sock *sk);
	void (*write_space)(struct sock *sk);
	struct proto *v4, *v6;
} kh_default;

void kh_conn_save_defaults(const struct sock *listener)
{
	kh_default.data_ready = listener->sk_data_ready;
	kh_default.state_change = listener->sk_state_change;
	kh_default.write_space = listener->sk_write_space;
	if (listener->sk_family == AF_INET6)
		kh_default.v6 = listener->sk_prot;
	else
		kh_default.v4 = listener->sk_prot;
}

/*
 * A BPF map of sockets (sock_ops and sockhash on a cgroup) and an upper layer protocol (TLS) keep
 * their state in the user data, and work by other callbacks and another sk_prot, whose close()
 * looks for that state. sk_callback_lock held.
 */
static bool kh_sock_is_plain(const struct sock *sk)
{
	const struct proto *plain = sk->sk_family == AF_INET6 ? kh_default.v6 : kh_default.v4;

	return !sk->sk_user_data && !inet_csk(sk)->icsk_ulp_ops && READ_ONCE(sk->sk_prot) == plain;
}

/*
 * Runs the connection here, in the receive path, if nobody owns the socket and it is wanted. Not
 * after a run that was cut: each packet would bring another one, before others have their turn.
 */
static void kh_conn_data_ready(struct sock *sk)
{
	struct kh_conn *c;
	const struct khttpd_config *config;
	bool in_place = false;

	trace_sk_data_ready(sk);
	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c) {
		config = rcu_dereference(c->net->config);
		in_place = config && khttpd_config_settings(config)->inline_ && !c->behind &&
			   !sock_owned_by_user_nocheck(sk);
		if (in_place)
			kh_conn_run(c, true);
		else
			kh_conn_kick(c);
	}
	rcu_read_unlock();
}

/*
 * CLOSE_WAIT comes before the data that came with the FIN (tcp_data_queue() calls tcp_fin() first),
 * so nothing is decided here: the work item looks at the queue, then at the state.
 */
static void kh_conn_state_change(struct sock *sk)
{
	struct kh_conn *c;

	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c && sk->sk_state != TCP_FIN_WAIT1 && sk->sk_state != TCP_FIN_WAIT2)
		kh_conn_end(c);
	rcu_read_unlock();
}

static void kh_conn_write_space(struct sock *sk)
{
	struct kh_conn *c;

	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		kh_conn_kick_to_send(c);
	}
	rcu_read_unlock();
}

/*
 * Whoever else wants the user data looks under sk_callback_lock whether it is free, as we do
 * (sk_psock_init()): a socket is his or ours, and stays so.
 */
bool kh_conn_install_callbacks(struct kh_conn *c)
{
	struct sock *sk = c->sk;
	bool plain;

	write_lock(&sk->sk_callback_lock);
	plain = kh_sock_is_plain(sk);
	if (plain) {
		sk->sk_data_ready = kh_conn_data_ready;
		sk->sk_state_change = kh_conn_state_change;
		sk->sk_write_space = kh_conn_write_space;
		rcu_assign_sk_user_data(sk, c);
	}
	write_unlock(&sk->sk_callback_lock);
	return plain;
}

bool kh_conn_restore_callbacks(struct kh_conn *c)
{
	struct sock *sk = c->sk;
	bool possible;

	local_bh_disable();
	bh_lock_sock(sk);
	possible = !sock_owned_by_user_nocheck(sk);
	if (possible) {
		write_lock(&sk->sk_callback_lock);
		sk->sk_data_ready = kh_default.data_ready;
		sk->sk_state_change = kh_default.state_change;
		sk->sk_write_space = kh_default.write_space;
		rcu_assign_sk_user_data(sk, NULL);
		write_unlock(&sk->sk_callback_lock);
	}
	bh_unlock_sock(sk);
	local_bh_enable();
	return possible;
}
