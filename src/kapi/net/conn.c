// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Life of a connection: accept, work items, release. Process context. */
#include <linux/module.h>
#include <linux/slab.h>
#include <net/inet_sock.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include "kapi/held.h"
#include "kapi/net/conn.h"
#include "kapi/net/conn_callbacks.h"
#include "kapi/net/conn_observe.h"
#include "kapi/net/conn_output.h"
#include "kapi/net/conn_run.h"
#include "kapi/net/peer.h"
#include "kapi/net/stream.h"
#include "kapi/net/work.h"
#include "kapi/observe/histogram.h"
#include "kapi/observe/trace.h"

#define KH_FILE_STEPS 16 /* lookups or parts of a file in a row */
#define KH_RELEASES 64	 /* in a row */

static struct kmem_cache *kh_conn_cache;

static void kh_conn_enlist(struct kh_conn *c)
{
	struct kh_conn_list *list = &c->net->lists[c->list];

	spin_lock(&list->lock);
	list_add(&c->node, &list->head);
	spin_unlock(&list->lock);
}

static void kh_conn_unlist(struct kh_conn *c)
{
	struct kh_conn_list *list = &c->net->lists[c->list];

	spin_lock(&list->lock);
	list_del(&c->node);
	spin_unlock(&list->lock);
}

/* After this nothing can queue a work item any more. */
static bool kh_conn_detach(struct kh_conn *c)
{
	if (!kh_conn_restore_callbacks(c))
		return false;
	set_bit(KH_CONN_DETACHED, &c->flags);
	timer_shutdown_sync(&c->timer);
	kh_conn_unlist(c);
	return true;
}

static void kh_conn_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(kh_conn_cache, container_of(head, struct kh_conn, rcu));
}

static void kh_conn_release(struct kh_conn *c)
{
	struct kh_net *kn = c->net;

	trace_khttpd_close(c, c->reason, c->requests);
	khttpd_conn_close(c->core);
	kh_body_put(c->body);
	kh_conn_drop_tail(c);
	kh_peer_put(kh_conn_peer(c));
	if (c->named)
		kfree(c->client);
	/* The page fragment belongs to a CPU, see kh_conn_send(); none stays here between runs. */
	if (c->reset)
		sock_no_linger(c->sk);
	sock_release(c->sock);
	kh_stat_add(c->net, KH_STAT_connections_closed, 1);
	call_rcu(&c->rcu, kh_conn_free_rcu);
	kh_held_give_connection(kn);
	if (atomic_dec_and_test(&kn->active))
		wake_up_all(&kn->idle);
}

static void kh_conn_resolve(struct kh_conn *c)
{
	const struct khttpd_config *config;
	struct srcu_struct *srcu = &c->net->config_srcu;
	u64 began_ns = ktime_get_ns();
	int index = srcu_read_lock(srcu);

	kh_histogram_add(c->net, queue, KH_TIME_FIRST, began_ns - c->queued_ns, 1);
	config = srcu_dereference(c->net->config, srcu);
	if (config)
		khttpd_conn_resolve(c->core, config);
	srcu_read_unlock(srcu, index);
	trace_khttpd_lookup(c, began_ns);
	c->resume = true;
	/* A run on another CPU that finds it cleared must find the core's work too. */
	smp_store_release(&c->resolving, false);
}

/*
 * The socket is never owned for long: nothing of ours owns it, only ss -K does. True when this run
 * is what has something for `files` to do; if there was before, the item is not through with it.
 */
static bool kh_conn_run_in_process(struct kh_conn *c)
{
	struct sock *sk = c->sk;
	bool before, after;

	local_bh_disable();
	bh_lock_sock(sk);
	before = kh_conn_at_files(c);
	if (sock_owned_by_user_nocheck(sk))
		kh_conn_kick(c);
	else
		kh_conn_run(c, false);
	after = kh_conn_at_files(c);
	bh_unlock_sock(sk);
	local_bh_enable();
	return after && !before;
}

/* Never sleeps for a disk: kh_workqueue. */
static void kh_conn_work(struct work_struct *work)
{
	struct kh_conn *c = container_of(work, struct kh_conn, work);

	kh_work_let_softirqs_run();
	if (READ_ONCE(c->phase) != KH_PHASE_DONE && kh_conn_run_in_process(c))
		kh_conn_leave_to_files(c, true);
	if (READ_ONCE(c->phase) == KH_PHASE_DONE)
		kh_conn_end_now(c, false);
}

/* One step of what may wait for a disk; false when there is none to do. */
static bool kh_conn_files_step(struct kh_conn *c)
{
	if (READ_ONCE(c->phase) != KH_PHASE_OPEN)
		return false;
	/* Set by a run on another CPU, perhaps: what it left for us comes with them. */
	if (smp_load_acquire(&c->resolving))
		kh_conn_resolve(c);
	else if (smp_load_acquire(&c->stream))
		kh_conn_stream(c);
	else
		return false;
	return true;
}

/*
 * Opens files and sends from them: kh_file_workqueue(). The runs between are done here too, so that
 * a switch of threads comes to a reply once. Bounded, then the others of the queue have their turn.
 */
static void kh_conn_files_work(struct work_struct *work)
{
	struct kh_conn *c = container_of(work, struct kh_conn, files);
	struct kh_file_load *load = kh_file_work_begin(c->net);
	int left = KH_FILE_STEPS;

	/* For space in the send buffer: the run says what is to follow. */
	if (!kh_conn_at_files(c) && READ_ONCE(c->phase) != KH_PHASE_DONE)
		kh_conn_run_in_process(c);
	while (left && kh_conn_files_step(c)) {
		kh_conn_run_in_process(c);
		left--;
	}
	kh_file_work_end(load);
	/* What is in hand, then the phase: see kh_conn_ends_by_files(). */
	smp_mb();
	if (READ_ONCE(c->phase) == KH_PHASE_DONE)
		kh_conn_end_now(c, true);
	else if (!left && kh_conn_at_files(c))
		kh_conn_leave_to_files(c, true);
}

/*
 * Releases a connection; false when it has to be tried again: its socket is owned, by ss -K, or an
 * item of its own was queued before it was detached, or is about to return. No other can come then,
 * so that what work_busy() says of the last one can be relied on.
 */
static bool kh_conn_reap(struct kh_conn *c)
{
	if (READ_ONCE(c->phase) != KH_PHASE_DONE)
		kh_conn_run_in_process(c);
	if (READ_ONCE(c->phase) != KH_PHASE_DONE)
		return false;
	if (!test_bit(KH_CONN_DETACHED, &c->flags) && !kh_conn_detach(c))
		return false;
	if (work_busy(&c->work) || work_busy(&c->files))
		return false;
	kh_conn_release(c);
	return true;
}

static void kh_ended_work(struct work_struct *work)
{
	struct kh_ended *ended = container_of(work, struct kh_ended, work);
	bool rest = ended->taken;
	struct kh_conn *c;
	int left;

	/* Those that have to be tried again come back to the list, for the next turn. */
	if (!rest)
		ended->taken = llist_del_all(&ended->list);
	for (left = KH_RELEASES; left && ended->taken; left--) {
		c = llist_entry(ended->taken, struct kh_conn, ended);
		ended->taken = ended->taken->next;
		if (!kh_conn_reap(c) && llist_add(&c->ended, &ended->list))
			mod_timer(&ended->timer, jiffies + 1);
	}
	/* The timer of what came to the list meanwhile may have found this item queued already. */
	if (ended->taken || (rest && !llist_empty(&ended->list)))
		queue_work_on(ended->cpu, kh_workqueue, work);
}

static void kh_ended_timer(struct timer_list *timer)
{
	struct kh_ended *ended = container_of(timer, struct kh_ended, timer);

	queue_work_on(ended->cpu, kh_workqueue, &ended->work);
}

int kh_conn_cache_create(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct kh_ended *ended = per_cpu_ptr(&kh_ended, cpu);

		ended->cpu = cpu;
		timer_setup(&ended->timer, kh_ended_timer, 0);
		INIT_WORK(&ended->work, kh_ended_work);
	}
	kh_conn_cache = kmem_cache_create("khttpd_conn", sizeof(struct kh_conn), 0, 0, NULL);
	return kh_conn_cache ? 0 : -ENOMEM;
}

void kh_conn_cache_destroy(void)
{
	rcu_barrier();
	kmem_cache_destroy(kh_conn_cache);
}

/* No connection is left, but a timer may be that found its connections taken already. */
void kh_conn_ended_stop(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		timer_shutdown_sync(&per_cpu_ptr(&kh_ended, cpu)->timer);
}

/* A kernel socket holds no reference on its namespace and loses its timers at close: mend both. */
static bool kh_conn_hold_net(struct sock *sk)
{
	struct net *net = sock_net(sk);

	if (sk->sk_net_refcnt)
		return true;
	if (!maybe_get_net(net))
		return false;
	kh_compat_hold_net(sk);
	put_net(net);
	return true;
}

/* As its owner left the socket, if it has one besides us: its close() puts his things in order. */
static void kh_conn_refuse(struct kh_net *kn, struct socket *sock, enum kh_stat why)
{
	kh_stat_add(kn, why, 1);
	sock_no_linger(sock->sk);
	sock_release(sock);
}

static struct kh_conn *kh_conn_create(struct kh_net *kn, struct socket *sock)
{
	struct kh_conn *c = kmem_cache_zalloc(kh_conn_cache, GFP_KERNEL);

	if (!c) {
		kh_stat_add(kn, KH_STAT_out_of_memory, 1);
		return NULL;
	}
	c->sk = sock->sk;
	c->sock = sock;
	c->net = kn;
	c->acked_mark = KH_RATE_OFF;
	c->pending = KH_FLUSH;
	INIT_WORK(&c->work, kh_conn_work);
	INIT_WORK(&c->files, kh_conn_files_work);
	timer_setup(&c->timer, kh_conn_timer, 0);
	c->list = raw_smp_processor_id() % KH_CONN_LISTS;
	return c;
}

static void kh_conn_prepare_socket(struct sock *sk)
{
	/* Sends happen in BH context and must neither sleep nor use the interrupted task's page. */
	sk->sk_allocation = GFP_ATOMIC;
	kh_compat_no_task_frag(sk);
	/* A reply follows each request: let it carry the acknowledgement. */
	inet_csk_enter_pingpong_mode(sk);
	sock_set_flag(sk, SOCK_URGINLINE);
}

static void kh_conn_trace_accept(const struct kh_conn *c)
{
	u8 address[16];

	if (!trace_khttpd_accept_enabled())
		return;
	kh_sock_address(c->sk, address);
	trace_khttpd_accept(c, address, ntohs(inet_sk(c->sk)->inet_dport));
}

/* The first run, with the callbacks in place; they take no part before the lock is given up. */
static void kh_conn_run_first(struct kh_conn *c, const struct khttpd_config *config)
{
	kh_stat_add(c->net, KH_STAT_connections_accepted, 1);
	kh_conn_time_accept(c);
	kh_conn_prepare_socket(c->sk);
	khttpd_conn_open(c->core, c, config);
	kh_conn_trace_accept(c);
	/* Data may have come before the callbacks were there. */
	if (sock_owned_by_user_nocheck(c->sk))
		kh_conn_kick(c);
	else
		kh_conn_run(c, false);
	if (c->phase == KH_PHASE_DONE)
		kh_conn_kick(c);
	else if (kh_conn_at_files(c))
		kh_conn_leave_to_files(c, true);
}

/* False when the socket is not plain, and has not been touched. */
static bool kh_conn_start(struct kh_conn *c, const struct khttpd_config *config)
{
	bool plain;

	kh_conn_enlist(c);
	local_bh_disable();
	bh_lock_sock(c->sk);
	plain = kh_conn_install_callbacks(c);
	if (plain)
		kh_conn_run_first(c, config);
	bh_unlock_sock(c->sk);
	local_bh_enable();
	/* Nothing queued it meanwhile: a stop begins when the listeners are through. */
	if (!plain)
		kh_conn_unlist(c);
	return plain;
}

void kh_conn_accept(struct kh_net *kn, struct socket *sock)
{
	const struct khttpd_config *config;
	struct kh_conn *c = NULL;
	struct kh_peer *peer = NULL;
	u8 address[16];
	enum kh_stat refusal = KH_STAT_connections_refused;
	bool started = false, counted;
	u32 limit = 0, limit_per_address = 0;

	rcu_read_lock();
	config = rcu_dereference(kn->config);
	if (config) {
		limit = khttpd_config_settings(config)->max_connections;
		limit_per_address = khttpd_config_settings(config)->max_connections_per_address;
	}
	rcu_read_unlock();
	counted = kh_held_take_connection(kn);
	if (atomic_inc_return(&kn->active) > limit || !counted) {
		trace_khttpd_limit(NULL, KH_LIMIT_CONNECTIONS);
		goto refuse;
	}
	kh_sock_address(sock->sk, address);
	peer = kh_peer_get(kn, address, limit_per_address, GFP_KERNEL);
	if (!peer)
		goto refuse;
	c = kh_conn_create(kn, sock);
	if (!c || !kh_conn_hold_net(sock->sk))
		goto refuse;
	c->peer = peer;
	rcu_read_lock();
	config = rcu_dereference(kn->config);
	if (config) {
		started = kh_conn_start(c, config);
		refusal = KH_STAT_connections_not_plain;
	}
	rcu_read_unlock();
	if (started)
		return;
refuse:
	if (c)
		kmem_cache_free(kh_conn_cache, c);
	kh_peer_put(peer);
	kh_conn_refuse(kn, sock, refusal);
	if (counted)
		kh_held_give_connection(kn);
	if (atomic_dec_and_test(&kn->active))
		wake_up_all(&kn->idle);
}

void kh_conn_stop_all(struct kh_net *kn, enum kh_conn_flag flag)
{
	struct kh_conn *c;
	int i, cpu;

	for (i = 0; i < KH_CONN_LISTS; i++) {
		/* A list is that of a CPU's connections: let each CPU end its own. */
		cpu = i < nr_cpu_ids && cpu_online(i) ? i : raw_smp_processor_id();
		spin_lock(&kn->lists[i].lock);
		list_for_each_entry(c, &kn->lists[i].head, node) {
			set_bit(flag, &c->flags);
			queue_work_on(cpu, kh_workqueue, &c->work);
		}
		spin_unlock(&kn->lists[i].lock);
	}
}
