// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Load and unload, and the per-namespace data. The first network namespace is served; every other
 * has its data, not started. Process context.
 */
#include <linux/module.h>
#include <net/net_namespace.h>
#include "kapi/control/apply.h"
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

static int __net_init kh_net_init(struct net *net)
{
	kh_net_setup(kh_net_of(net), net);
	return 0;
}

/* Connections hold their namespace, so that none is left when it goes; listeners do not. */
static void __net_exit kh_net_exit(struct net *net)
{
	kh_server_stop(kh_net_of(net));
}

static struct pernet_operations kh_net_ops = {
	.init = kh_net_init,
	.exit = kh_net_exit,
	.id = &kh_net_id,
	.size = sizeof(struct kh_net),
};

static int __init kh_module_init_base(void)
{
	int err;

	kh_peer_init();
	kh_held_init();
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
	err = kh_cache_init();
	if (err)
		goto free_memo;
	err = register_pernet_subsys(&kh_net_ops);
	if (!err)
		return 0;
	kh_cache_exit();
free_memo:
	kh_dir_memo_exit();
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
 * and removing namespaces while it waits. The last work items end with the queue.
 */
static void kh_module_exit_base(void)
{
	kh_server_stop(kh_net_of(&init_net));
	unregister_pernet_subsys(&kh_net_ops);
	kh_conn_ended_stop();
	kh_work_destroy();
	kh_cache_exit();
	/* Waits for the RCU callbacks, which put the last bodies. */
	kh_conn_cache_destroy();
	kh_body_exit();
	kh_rate_exit();
	kh_dir_memo_exit();
	kh_scratch_destroy();
}

static int __init kh_module_init(void)
{
	const struct khttpd_config *config;
	const struct kh_settings *settings;
	struct kh_net *kn;
	int err = kh_module_init_base();

	if (err)
		return err;
	kn = kh_net_of(&init_net);
	err = kh_server_start(kn);
	if (!err)
		err = kh_proc_create(kn);
	if (err) {
		kh_module_exit_base();
		return err;
	}
	rcu_read_lock();
	config = rcu_dereference(kn->config);
	settings = khttpd_config_settings(config);
	pr_info("khttpd: %s serving port %u on %s: %s%s\n", KHTTPD_VERSION, settings->port,
		settings->bind.data,
		khttpd_config_has_root(config) ? "files in " : "the built-in page",
		khttpd_config_has_root(config) ? settings->docroot.data : "");
	rcu_read_unlock();
	kh_param_allow_apply(true);
	return 0;
}

static void __exit kh_module_exit(void)
{
	kh_param_allow_apply(false);
	kh_proc_remove(kh_net_of(&init_net));
	kh_module_exit_base();
	pr_info("khttpd: unloaded after %llu requests on %llu connections\n",
		kh_stat_sum(KH_STAT_requests), kh_stat_sum(KH_STAT_connections_accepted));
}

module_init(kh_module_init);
module_exit(kh_module_exit);

MODULE_DESCRIPTION("HTTP/1.1 origin server in the kernel");
MODULE_AUTHOR("khttpd developers");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION(KHTTPD_VERSION);
