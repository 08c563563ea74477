/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What is a network namespace's own. Each has a struct kh_netns, as long as it is there. One that
 * serves has a struct kh_net besides, with all that its listeners, connections, cache, counters and
 * files of /proc have in common: made with its first configuration, and counted, as packets may
 * refer to what it held after it is over. This lies below all rooms of kapi, which hang their part
 * off it.
 */
#pragma once

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu-defs.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include "compat/compat.h"
#include "kapi/kapi.h"

#define KH_CONN_LISTS 16

/* Connections are spread over several lists so that accepts on two CPUs seldom share a lock. */
struct kh_conn_list {
	spinlock_t lock;
	struct list_head head;
} ____cacheline_aligned_in_smp;

struct kh_held_count {
	atomic64_t bytes;
	u64 limit;
} ____cacheline_aligned_in_smp;

struct kh_stats {
	u64 value[KH_STAT_COUNT];
};

struct kh_cache;
struct proc_dir_entry;

struct kh_net {
	struct net *net;       /* until the server is stopped */
	refcount_t refs;       /* of who owns the server, and of each body and entry of the cache */
	u64 id;		       /* no two have the same */
	bool first;	       /* of the first network namespace, whose bounds are the machine's */
	struct mutex *control; /* the namespace's */
	struct khttpd_config __rcu *config; /* null when not started */
	struct srcu_struct
		config_srcu;	  /* guards it for lookups of files, which may take for ever */
	struct mutex config_lock; /* whoever changes it, or prints it; process context */
	struct kh_stats __percpu *stats;
	struct kh_histograms __percpu *histograms;
	struct kh_cache *cache;		   /* its memory goes with this */
	struct kh_rate_sets *rates;	   /* null until a configuration has some */
	struct kh_complaints *heard;	   /* whoever changes the configuration, under control */
	struct list_head node;		   /* of those that are stopped together, and */
	struct khttpd_config *last_config; /* what such a one had */
	struct list_head listeners; /* under control, or when nobody else has the server any more */
	u32 listener_count;
	struct mutex log_lock;	  /* whoever takes a record or changes log; process context */
	struct kh_log __rcu *log; /* null when replies are not recorded */
	unsigned long started;	  /* ticks */
	atomic_t active;	  /* connections not yet released */
	wait_queue_head_t idle;
	struct rcu_head rcu;
	struct kh_held_count held[KH_HELD_COUNT];
	struct kh_conn_list lists[KH_CONN_LISTS];
};

struct kh_netns {
	struct net *net;
	struct list_head node;
	struct mutex control;	     /* start, stop and change; process context */
	struct kh_net __rcu *server; /* null without one; changed under control */
	const void *lease;	    /* the open file that the server ends with; null: with unload */
	struct proc_dir_entry *dir; /* /proc/net/khttpd */
	bool has_config, has_metrics, has_log; /* these files are in it; under control */
	bool over;			       /* no server any more; under control */
};

/* Where a change's mistakes are told: lines that end in a NUL. */
struct kh_complaints {
	char *text;
	size_t size;
};

/* The index that register_pernet_subsys() gives; read-only afterwards. */
extern unsigned int kh_net_id;

/* Never null while the module's per-namespace data is registered. Any context. */
struct kh_netns *kh_netns_of(const struct net *net);

/*
 * Keeps the namespace, for an open file: whoever goes on after its end would keep all others from
 * being removed meanwhile. False when it is about to go. Any context.
 */
bool kh_netns_hold(struct kh_netns *ns);
void kh_netns_release(struct kh_netns *ns);

/* A server that has its counters, and nothing else yet: one reference, or null. Process context. */
struct kh_net *kh_net_create(struct kh_netns *ns);
/* Gives up the first reference. No lookup of a file is under way. Process context. */
void kh_net_end(struct kh_net *kn);
struct kh_net *kh_net_get(struct kh_net *kn);
/* Null is allowed. Any context; who unloads waits for RCU callbacks (rcu_barrier()). */
void kh_net_put(struct kh_net *kn);
/* The namespace's server with a reference, or null. Any context. */
struct kh_net *kh_netns_get_server(struct kh_netns *ns);

/*
 * Says why a change is refused: to whoever writes it, with the line of the text that it is about
 * (0: the whole), or in the kernel's log where nobody does. Under kn->control.
 */
void kh_complain(struct kh_net *kn, u32 line, const char *format, ...) __printf(3, 4);
