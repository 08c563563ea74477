/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the C files of kapi share: the server of one network namespace, its listeners and its
 * connections. docs/locking.md has the lock order and the life of each object.
 */
#pragma once

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <linux/types.h>
#include "compat/compat.h"
#include "kapi/fs/body.h"
#include "kapi/fs/cache.h"
#include "kapi/kapi.h"
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
	KH_CONN_DETACHED, /* callbacks restored, off the list, timer dead */
};

/* Bytes of replies that TCP did not take at once. */
struct kh_tail {
	u32 offset, size;
	u8 data[];
};

/*
 * One connection. Owned by its work item, which alone releases it. phase, tail, the deadline and
 * the core's private part change under the socket's spinlock or with the socket owned.
 */
struct kh_conn {
	struct sock *sk;
	struct socket *sock;
	struct kh_net *net;
	unsigned long flags; /* enum kh_conn_flag, atomic bit operations */
	struct work_struct work;
	struct timer_list timer;
	unsigned long deadline;
	u64 acked_mark; /* bytes_acked when the send rate was last looked at, or KH_RATE_OFF */
	unsigned long acked_when; /* ticks of that */
	struct kh_tail *tail;
	struct kh_peer *peer;
	struct kh_body *body; /* attached: content in pages, owned, or */
	struct kh_file *file; /* a file, borrowed from the core */
	u64 position, left;   /* of it */
	struct list_head node;
	struct kh_conn_list *list;
	u32 discarded;
	u32 requests;
	u8 phase;
	u8 reason;
	u8 outage;    /* looks at the send rate in a row that met one */
	bool blocked; /* waits for space in the send buffer, tail or not */
	bool close_after_tail;
	bool more;	/* output follows what is attached */
	bool resolving; /* the core waits for khttpd_conn_resolve */
	bool resume;	/* what the core waited for is done */
	bool stream;	/* the work item is to send from the file */
	bool reset;
	struct rcu_head rcu;
	u64 core[KH_CONN_PRIVATE_SIZE / sizeof(u64)];
};

#define KH_RATE_INTERVAL (5 * HZ) /* between looks at the send rate */
#define KH_OUTAGE_LOOKS 5	  /* that an outage of the network may last */
#define KH_RATE_OFF U64_MAX	  /* no reply waits: the next that does starts the clock */

/* Belongs to a CPU; used with bottom halves off, so never by two runs at once. */
struct kh_scratch {
	struct kh_batch batch;
	struct page_frag frag;
	bool busy;
};

/* kapi/conn.c */
int kh_conn_cache_create(void);
void kh_conn_cache_destroy(void);
/* Takes the accepted socket over; process context. */
void kh_conn_accept(struct kh_net *kn, struct socket *sock);
/* Queues the connection's work item on this CPU; any context. */
void kh_conn_kick(struct kh_conn *c);
/* As kick, but may take a tick when both ends are closed; socket locked, BH. */
void kh_conn_end(struct kh_conn *c);
/* Sets the flag on every connection and kicks it; process context. */
void kh_conn_stop_all(struct kh_net *kn, enum kh_conn_flag flag);
/* What the callbacks found on a listener before it was changed; the same for all TCP sockets. */
void kh_conn_save_default_callbacks(const struct sock *listener);
void kh_conn_restore_listener_callback(struct sock *listener);

/* kapi/conn_output.c: but for create and destroy, BH with the socket locked */
int kh_scratch_create(void);
void kh_scratch_destroy(void);
extern struct kh_scratch __percpu *kh_scratch;
/*
 * Gives TCP a part of a page, by reference unless the way out cannot gather (NETIF_F_SG), where TCP
 * copies. Returns the bytes taken or a negative errno; they are counted.
 */
int kh_send_page(struct sock *sk, struct kh_scratch *s, struct page *page, size_t offset,
		 size_t size, bool more);
/* Gives the batch to TCP; true when all of it was taken. */
bool kh_flush_batch(struct kh_conn *c, struct kh_scratch *s, bool more);
/* Sends what is attached, or has the work item do it; true when the core may go on. */
bool kh_send_attached(struct kh_conn *c, bool softirq);
/* Goes on with what was blocked; true when nothing is any more. */
bool kh_unblock(struct kh_conn *c, struct kh_scratch *s);
/* Waits until TCP takes more: for space in the send buffer, or for memory if there is space. */
void kh_await_space(struct kh_conn *c);

/* kapi/conn_input.c: BH with the socket locked */
enum kh_verdict kh_read(struct kh_conn *c, const struct khttpd_config *config,
			struct kh_batch *batch);
/* Takes and counts input that nobody wants. */
void kh_discard(struct kh_conn *c);

/* kapi/conn_run.c */
/* One run of the state machine: socket spinlock held and socket not owned, BH context. */
void kh_conn_run(struct kh_conn *c, bool softirq);

/* The connection is over; what is left is for the work item. Socket locked, BH. */
void kh_finish(struct kh_conn *c, enum kh_close_reason reason, bool reset);

/* kapi/stream.c: process context, from the work item */
void kh_conn_stream(struct kh_conn *c);

/* kapi/listener.c: kn->control held; process context */
int kh_listeners_update(struct kh_net *kn, const struct kh_settings *settings);
void kh_listeners_stop(struct kh_net *kn);

/* kapi/peer.c: connections per address; process context */
void kh_peer_init(void);
struct kh_peer *kh_peer_get(const struct sock *sk, u32 limit);
void kh_peer_put(struct kh_peer *peer);

/* kapi/control.c: process context */
int kh_server_start(struct kh_net *kn);
void kh_server_stop(struct kh_net *kn);
int kh_server_apply(struct kh_net *kn);

/* kapi/param.c: the staged texts, under kh_param_lock */
extern struct mutex kh_param_lock;
extern const char *kh_param_values[KH_PARAM_COUNT];
extern const char *const kh_param_names[KH_PARAM_COUNT];
/* Lets `apply` be written, or waits for the one under way and lets no other begin. */
void kh_param_allow_apply(bool possible);
/* After a refused change: the staged texts become those of the configuration in force again. */
void kh_param_restore(const struct khttpd_config *config);

/* kapi/proc.c */
int kh_proc_create(struct kh_net *kn);
void kh_proc_remove(struct kh_net *kn);

extern struct workqueue_struct *kh_workqueue;
