// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include "kapi/control/metrics.h"
#include "kapi/control/param.h"
#include "kapi/control/show.h"
#include "kapi/fs/cache.h"
#include "kapi/held.h"
#include "kapi/observe/access_log.h"
#include "kapi/observe/histogram.h"
#include "kapi/observe/stats.h"
#include "kapi/version.h"

#define KH_VALUE_BYTES 8192 /* every byte of a parameter as an escape */

static const char *const kh_stat_names[KH_STAT_COUNT] = {
#define KH_STAT(name, description) #name,
#include "server/stats.def"
};

/* Of all requests since the server started. */
static void kh_show_latency(struct seq_file *seq, const struct kh_net *kn)
{
	static const u16 permille[] = {500, 900, 990, 999};
	struct kh_histogram *all = kzalloc(sizeof(*all), GFP_KERNEL);
	int path, class, i;

	/* The rest of the file is worth more than an error. */
	if (!all)
		return;
	for (path = 0; path < KH_PATHS; path++)
		for (class = 2; class < 2 + KH_CLASSES; class ++)
			kh_latency_merge(kn, KH_LATENCY_FROM_FIRST, path, class, all);
	for (i = 0; i < ARRAY_SIZE(permille); i++)
		seq_printf(seq, "latency_p%u_ns %llu\n",
			   permille[i] % 10 ? permille[i] : permille[i] / 10,
			   kh_bucket_percentile(all->count, KH_TIME_FIRST, permille[i]));
	kfree(all);
}

static void kh_show_server(struct seq_file *seq, const struct kh_net *kn)
{
	const struct khttpd_config *config;
	u32 entries;
	u64 bytes;
	int id;

	rcu_read_lock();
	config = rcu_dereference(kn->config);
	if (config) {
		const struct kh_settings *settings = khttpd_config_settings(config);

		seq_printf(seq, "port %u\n", settings->port);
		seq_printf(seq, "inline %u\n", settings->inline_);
		seq_printf(seq, "draining %u\n", settings->drain_);
	}
	rcu_read_unlock();
	seq_printf(seq, "listeners %u\n", READ_ONCE(kn->listener_count));
	seq_printf(seq, "uptime_seconds %lu\n", (jiffies - kn->started) / HZ);
	seq_printf(seq, "connections_active %d\n", atomic_read(&kn->active));
	kh_cache_usage(kn, &entries, &bytes);
	seq_printf(seq, "cache_entries %u\ncache_bytes %llu\n", entries, bytes);
	for (id = 0; id < KH_HELD_COUNT; id++)
		seq_printf(seq, "held_%s_bytes %llu\n", kh_held_names[id], kh_held_bytes(kn, id));
	for (id = 0; id < KH_STAT_COUNT; id++)
		seq_printf(seq, "%s %llu\n", kh_stat_names[id], kh_stat_sum(kn, id));
	kh_show_latency(seq, kn);
}

int kh_show_status(struct seq_file *seq, void *unused)
{
	struct kh_net *kn = kh_netns_get_server(kh_netns_of(seq_file_single_net(seq)));

	seq_printf(seq, "version %s\n", KHTTPD_VERSION);
	if (kn)
		kh_show_server(seq, kn);
	else
		seq_puts(seq, "listeners 0\n");
	kh_net_put(kn);
	return 0;
}

static void kh_show_settings(struct seq_file *seq, const struct khttpd_config *config, char *value)
{
	const char *rest;
	size_t size;
	int id;

	for (id = 0; id < KH_PARAM_COUNT; id++)
		if (khttpd_config_print(config, id, true, value, KH_VALUE_BYTES) >= 0)
			seq_printf(seq, "%s = %s\n", kh_param_names[id], value);
	rest = khttpd_config_rest(config, &size);
	seq_write(seq, rest, size);
}

static int kh_show_config(struct seq_file *seq, void *unused)
{
	char *value = kmalloc(KH_VALUE_BYTES, GFP_KERNEL);
	const struct khttpd_config *config;
	struct kh_net *kn;

	if (!value)
		return -ENOMEM;
	kn = kh_netns_get_server(kh_netns_of(seq_file_single_net(seq)));
	if (kn) {
		mutex_lock(&kn->config_lock);
		config = rcu_dereference_protected(kn->config, lockdep_is_held(&kn->config_lock));
		if (config)
			kh_show_settings(seq, config, value);
		mutex_unlock(&kn->config_lock);
		kh_net_put(kn);
	}
	kfree(value);
	return 0;
}

int kh_show_create(struct kh_netns *ns)
{
	const umode_t mode = net_eq(ns->net, &init_net) ? 0400 : 0444;

	if (!ns->has_config)
		ns->has_config =
			proc_create_net_single("config", 0444, ns->dir, kh_show_config, NULL);
	if (!ns->has_metrics)
		ns->has_metrics =
			proc_create_net_single("metrics", 0444, ns->dir, kh_show_metrics, NULL);
	if (!ns->has_log)
		ns->has_log = proc_create_data("log", mode, ns->dir, &kh_log_file_ops, ns);
	return ns->has_config && ns->has_metrics && ns->has_log ? 0 : -ENOMEM;
}
