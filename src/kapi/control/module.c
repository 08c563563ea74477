// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Load and unload, and the network namespaces as they come and go. Process context; the list's lock
 * is outside a namespace's control.
 */
#include <linux/module.h>
#include <net/net_namespace.h>
#include "kapi/control/param.h"
#include "kapi/control/proc.h"
#include "kapi/control/server.h"
#include "kapi/fs/body.h"
#include "kapi/fs/cache.h"
#include "kapi/fs/dir_memo.h"
#include "kapi/held.h"
#include "kapi/machine.h"
#include "kapi/net/conn.h"
#include "kapi/net/peer.h"
#include "kapi/net/scratch.h"
#include "kapi/net/work.h"
#include "kapi/rate.h"
#include "kapi/observe/stats.h"
#include "kapi/version.h"

/* All network namespaces, so that unload can stop what they serve. */
static LIST_HEAD(kh_netns_list);
static bool kh_netns_closing; /* no server begins any more */
static DEFINE_MUTEX(kh_netns_list_lock);

static void kh_netns_forget(struct kh_netns *ns)
{
	mutex_lock(&kh_netns_list_lock);
	list_del(&ns->node);
	mutex_unlock(&kh_netns_list_lock);
}

/* Whether it is another than the first, and may have a server. */
static bool kh_netns_is_tenant(const struct net *net)
{
	if (net_eq(net, &init_net))
		return false;
	return kh_param_namespaces == KH_NAMESPACES_ALL ||
	       (kh_param_namespaces == KH_NAMESPACES_FIRST_USERS && net->user_ns == &init_user_ns);
}

static int __net_init kh_netns_init(struct net *net)
{
	struct kh_netns *ns = kh_netns_of(net);
	int err;

	ns->net = net;
	mutex_init(&ns->control);
	mutex_lock(&kh_netns_list_lock);
	ns->over = kh_netns_closing;
	list_add_tail(&ns->node, &kh_netns_list);
	mutex_unlock(&kh_netns_list_lock);
	/* The files of the first come with its server. */
	err = kh_netns_is_tenant(net) ? kh_proc_create(ns) : 0;
	if (err)
		kh_netns_forget(ns);
	return err;
}

/* Connections and open files hold their namespace: there is a server here at unload alone. */
static void __net_exit kh_netns_exit_batch(struct list_head *nets)
{
	LIST_HEAD(stopping);
	struct net *net;

	list_for_each_entry(net, nets, exit_list) {
		struct kh_netns *ns = kh_netns_of(net);

		kh_netns_forget(ns);
		kh_server_take(ns, &stopping);
	}
	kh_servers_stop(&stopping);
	list_for_each_entry(net, nets, exit_list)
		if (kh_netns_is_tenant(net))
			kh_proc_remove(kh_netns_of(net));
}

static struct pernet_operations kh_netns_ops = {
	.init = kh_netns_init,
	.exit_batch = kh_netns_exit_batch,
	.id = &kh_net_id,
	.size = sizeof(struct kh_netns),
};

/* One that may still get a server, held; null when there is none. */
static struct kh_netns *kh_netns_next_open(void)
{
	struct kh_netns *ns, *found = NULL;

	mutex_lock(&kh_netns_list_lock);
	kh_netns_closing = true;
	list_for_each_entry(ns, &kh_netns_list, node) {
		if (!READ_ONCE(ns->over) && kh_netns_hold(ns)) {
			found = ns;
			break;
		}
	}
	mutex_unlock(&kh_netns_list_lock);
	return found;
}

/* A change may be under way that takes long: the list is not locked meanwhile. */
static void kh_servers_stop_all(void)
{
	LIST_HEAD(stopping);
	struct kh_netns *ns;

	while ((ns = kh_netns_next_open())) {
		kh_server_take(ns, &stopping);
		kh_netns_release(ns);
	}
	kh_servers_stop(&stopping);
}

/* No connection is left, nor a namespace of ours; the last work items end with the queue. */
static void kh_module_exit_rest(void)
{
	kh_conn_ended_stop();
	kh_work_destroy();
	/* Waits for the RCU callbacks, which put the last bodies. */
	kh_conn_cache_destroy();
	kh_body_exit();
	/* And those with which the bodies' servers go. */
	rcu_barrier();
	kh_dir_memo_exit();
	kh_scratch_destroy();
}

static int __init kh_module_init_base(void)
{
	int err;

	kh_peer_init();
	kh_held_init();
	kh_cache_init();
	kh_machine_init();
	err = kh_work_create();
	if (err)
		return err;
	err = kh_scratch_create();
	if (err)
		goto destroy_work;
	err = kh_conn_cache_create();
	if (err)
		goto free_scratch;
	err = kh_dir_memo_init();
	if (err)
		goto destroy_conn_cache;
	err = register_pernet_subsys(&kh_netns_ops);
	/* Before it failed there may have been a server in another namespace. */
	if (err)
		kh_module_exit_rest();
	return err;
destroy_conn_cache:
	kh_conn_cache_destroy();
free_scratch:
	kh_scratch_destroy();
destroy_work:
	kh_work_destroy();
	return err;
}

/*
 * What is served is stopped first: unregister_pernet_subsys() keeps the whole machine from making
 * and removing namespaces while it waits.
 */
static void kh_module_exit_base(void)
{
	kh_servers_stop_all();
	unregister_pernet_subsys(&kh_netns_ops);
	kh_module_exit_rest();
}

static void __init kh_module_greet(struct kh_netns *ns)
{
	const struct khttpd_config *config;
	const struct kh_settings *settings;
	const struct kh_net *kn;

	rcu_read_lock();
	kn = rcu_dereference(ns->server);
	config = kn ? rcu_dereference(kn->config) : NULL;
	if (config) {
		settings = khttpd_config_settings(config);
		pr_info("khttpd: %s serving port %u on %s: %s%s\n", KHTTPD_VERSION, settings->port,
			settings->bind.data,
			khttpd_config_has_root(config) ? "files in " : "the built-in page",
			khttpd_config_has_root(config) ? settings->docroot.data : "");
	} else {
		pr_info("khttpd: %s waiting for a configuration in /proc/net/khttpd/server\n",
			KHTTPD_VERSION);
	}
	rcu_read_unlock();
}

static int __init kh_module_init(void)
{
	struct kh_netns *ns;
	int err = kh_module_init_base();

	if (err)
		return err;
	ns = kh_netns_of(&init_net);
	err = kh_param_start ? kh_server_load(ns) : 0;
	if (!err)
		err = kh_proc_create(ns);
	if (err) {
		kh_module_exit_base();
		return err;
	}
	kh_module_greet(ns);
	return 0;
}

/* What the first network namespace's server did. */
static void __exit kh_module_count(u64 *requests, u64 *connections)
{
	struct kh_net *kn = kh_netns_get_server(kh_netns_of(&init_net));

	*requests = kn ? kh_stat_sum(kn, KH_STAT_requests) : 0;
	*connections = kn ? kh_stat_sum(kn, KH_STAT_connections_accepted) : 0;
	kh_net_put(kn);
}

static void __exit kh_module_exit(void)
{
	u64 requests, connections;

	kh_proc_remove(kh_netns_of(&init_net));
	kh_module_count(&requests, &connections);
	kh_module_exit_base();
	pr_info("khttpd: unloaded after %llu requests on %llu connections\n", requests,
		connections);
}

module_init(kh_module_init);
module_exit(kh_module_exit);

MODULE_DESCRIPTION("HTTP/1.1 origin server in the kernel");
MODULE_AUTHOR("khttpd developers");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(KHTTPD_VERSION);
