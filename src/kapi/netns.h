/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The server of one network namespace: what listeners, connections, files of /proc and the access
 * log of a namespace have in common. It lies below all rooms of kapi, which hang their part off it.
 * Its memory is the namespace's and lives until kh_net_exit() (control/module.c).
 */
#pragma once

#include <linux/list.h>
#include <linux/mutex.h>
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

struct kh_net {
	struct net *net;
	struct mutex control;		    /* start, stop and apply; process context */
	struct khttpd_config __rcu *config; /* null when not started */
	struct list_head listeners;	    /* under control */
	u32 listener_count;
	struct mutex log_lock;	  /* whoever takes a record or changes log; process context */
	struct kh_log __rcu *log; /* null when replies are not recorded */
	unsigned long started;	  /* ticks */
	atomic_t active;	  /* connections not yet released */
	wait_queue_head_t idle;
	struct kh_conn_list lists[KH_CONN_LISTS];
};

/* The index that register_pernet_subsys() gives; read-only afterwards. */
extern unsigned int kh_net_id;

/* Guards kn->config for readers that sleep. */
extern struct srcu_struct kh_config_srcu;

/* Never null while the module's per-namespace data is registered. Any context. */
struct kh_net *kh_net_of(const struct net *net);
/* Process context, before anything else uses it. */
void kh_net_setup(struct kh_net *kn, struct net *net);
