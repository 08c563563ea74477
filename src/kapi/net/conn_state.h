/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A connection, and what may be done to it from anywhere below a run: have a work item of it run,
 * set its deadline, end it. One item (`work`) runs it in process context, the other (`files`) does
 * what may wait for a disk, on a queue of its own; that of the CPU on whose list of ended
 * connections it is (struct kh_ended) releases it.
 */
#pragma once

#include <linux/llist.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include "kapi/netns.h"

enum kh_conn_phase {
	KH_PHASE_OPEN,
	KH_PHASE_DRAINING, /* our FIN is sent; input is discarded until the peer's */
	KH_PHASE_DONE,	   /* nothing more to do but release */
};

enum kh_conn_flag {
	KH_CONN_EXPIRED,  /* the timer fired */
	KH_CONN_STOP,	  /* the server stops: close once idle */
	KH_CONN_KILL,	  /* the server stops: close now */
	KH_CONN_ENDED,	  /* with those that are to be released; stays set */
	KH_CONN_DETACHED, /* callbacks restored, off the list, timer dead */
};

/* Bytes of replies that TCP did not take at once, and what the replies' latencies need. */
struct kh_tail {
	u32 offset, size;
	u64 arrived_ns; /* of the requests */
	u8 replies[6];	/* by class, of the requests that came with them */
	u8 late;	/* as in struct kh_batch */
	bool complete;
	u8 data[];
};

/* The client on whose behalf a proxy speaks. */
struct kh_client {
	struct kh_peer *peer; /* null when it could not be counted: it is about to end */
	u8 address[16];	      /* IPv4 is mapped to IPv6 */
};

/*
 * phase, tail, the deadline and the core's private part change under the socket's spinlock or with
 * the socket owned.
 *
 * Less than 512 bytes: the kernel would keep one of just that size among the packets' (SLUB merges
 * caches of a size), which costs each request half a per cent.
 */
struct kh_conn {
	struct sock *sk;
	struct socket *sock;
	struct kh_net *net;
	unsigned long flags; /* enum kh_conn_flag, atomic bit operations */
	struct work_struct work;
	struct work_struct files;
	struct timer_list timer;
	unsigned long deadline;
	u64 acked_mark; /* bytes_acked when the send rate was last looked at, or KH_RATE_OFF */
	unsigned long acked_when; /* ticks of that */
	struct kh_tail *tail;
	union {
		struct kh_peer *peer;
		struct kh_client *client; /* if `named` */
	};
	struct kh_body *body; /* attached: content in memory, owned, or */
	struct kh_file *file; /* a file, borrowed from the core */
	union {
		u64 position;  /* of it */
		u64 queued_ns; /* nothing is attached: when `resolving` was set */
	};
	u64 left; /* of what is attached */
	union {
		struct list_head node; /* until the connection is detached */
		struct rcu_head rcu;   /* when it is released */
	};
	/* Of a request that is not answered in the run in which it comes, kh_conn_stamp(); or 0. */
	u32 head_begun, head_ended;
	struct llist_node ended;
	u32 discarded;
	u32 requests;
	u8 phase;
	u8 list;      /* the index in the server's, of the list that has `node` */
	u8 attached;  /* the class of the reply with what is attached, when the run is over; or 0 */
	bool by_file; /* the request under way is answered from a file */
	u8 reason;
	u8 outage;	/* looks at the send rate that met one, since one that was good */
	u16 paused;	/* and those that met a closed window, or what came of it */
	bool blocked;	/* waits for space in the send buffer, tail or not, or */
	bool starved;	/* for memory, until the deadline: set with `blocked` */
	bool hungry;	/* for memory to keep a head, which is in the socket, until the deadline */
	u8 hunger;	/* times in a row that there was none */
	u8 pending;	/* enum kh_verdict: what follows once TCP has what is kept or attached */
	bool more;	/* output follows what is attached */
	bool resolving; /* the core waits for khttpd_conn_resolve, by `files` */
	bool resume;	/* what the core waited for is done */
	bool stream;	/* `files` is to send from the file */
	bool reset;
	bool named : 1;	 /* by a proxy, which client it is */
	bool secure : 1; /* a proxy says that the client has TLS */
	bool behind;	 /* a run was cut: the receive path leaves the rest to the work item */
	u32 late_until;	 /* where what was queued at the deadline ends, while it is read; or 0 */
	u64 core[KH_CONN_PRIVATE_SIZE / sizeof(u64)];
};

#define KH_RETRY_INTERVAL (HZ / 10) /* between looks for memory when it is short */
#define KH_RATE_INTERVAL (5 * HZ)   /* between looks at the send rate */
#define KH_RATE_OFF U64_MAX	    /* no reply waits: the next that does starts the clock */

/*
 * Connections that are over and wait for their release, which needs process context: one work item
 * a CPU does it for all of them. Added to in any context; taken by the work item alone.
 */
struct kh_ended {
	struct llist_head list;
	struct llist_node *taken; /* by the work item, and left over by it */
	struct timer_list timer;
	struct work_struct work;
	int cpu;
};

DECLARE_PER_CPU(struct kh_ended, kh_ended);

/* Holds in every run, and wherever the work item takes the socket's spinlock. */
static inline void kh_conn_assert_locked(const struct kh_conn *c)
{
	lockdep_assert_held(&c->sk->sk_lock.slock);
}

/* True while `files` has the core or the attached file in hand, or is to take it. */
static inline bool kh_conn_at_files(const struct kh_conn *c)
{
	return READ_ONCE(c->resolving) || READ_ONCE(c->stream);
}

/* What the connection counts for. */
static inline struct kh_peer *kh_conn_peer(const struct kh_conn *c)
{
	return c->named ? c->client->peer : c->peer;
}

/* net/conn_observe.c: the address of the peer of `sk`, 16 bytes. Any context. */
void kh_sock_address(const struct sock *sk, u8 *out);

/* net/conn_state.c */

/* Queues the work item that runs the connection, on this CPU; any context. */
void kh_conn_kick(struct kh_conn *c);
/* There is space in the send buffer: the same by the item that is to use it. Any context. */
void kh_conn_kick_to_send(struct kh_conn *c);
/*
 * The peer has closed, or the connection is over: has it run, or released where nothing else is
 * left. Socket locked, or owned by the caller's task; BH.
 */
void kh_conn_end(struct kh_conn *c);
/*
 * The connection is over: has it released at once, unless `files` has something of it in hand,
 * which then comes here when it is through (`by_files`). Process context.
 */
void kh_conn_end_now(struct kh_conn *c, bool by_files);
/* For what a run in the receive path (`softirq`) leaves to `files`; else the caller sees to it. */
void kh_conn_leave_to_files(struct kh_conn *c, bool softirq);
/* The connection is over; what is left is for the work item. Socket locked, BH. */
void kh_conn_finish(struct kh_conn *c, enum kh_close_reason reason, bool reset);
/* The same for an error, which is told: `where` it is of, and an errno. */
void kh_conn_fail(struct kh_conn *c, enum kh_error where, int error, bool reset);
/* Whether the deadline has passed; asked once for each time it does. Socket locked, BH. */
bool kh_conn_take_expiry(struct kh_conn *c);
/* True when the peer has sent FIN, or is no longer there, and everything was read. */
bool kh_sock_peer_closed(const struct sock *sk);
/* The handler of c->timer: softirq. */
void kh_conn_timer(struct timer_list *timer);
