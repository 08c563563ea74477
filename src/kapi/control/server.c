// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Start, stop and change of the server in a network namespace. Process context, under the
 * namespace's control, or with a server that was taken from its namespace.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "kapi/control/param.h"
#include "kapi/control/server.h"
#include "kapi/control/show.h"
#include "kapi/fs/cache.h"
#include "kapi/held.h"
#include "kapi/net/conn.h"
#include "kapi/net/listener.h"
#include "kapi/net/work.h"
#include "kapi/observe/access_log.h"
#include "kapi/observe/histogram.h"
#include "kapi/observe/trace.h"
#include "kapi/rate.h"

#define KH_STOP_GRACE (HZ / 2) /* for replies that are under way */

static struct kh_net *kh_server_of(const struct kh_netns *ns)
{
	return rcu_dereference_protected(ns->server, lockdep_is_held(&ns->control));
}

enum kh_config_action { KH_CONFIG_START, KH_CONFIG_CHANGE, KH_CONFIG_STOP };

static void kh_config_tell(const struct kh_net *kn, enum kh_config_action action, int err)
{
	trace_khttpd_config(kn->net->ns.inum, action, err);
}

static void kh_drain_tell(const struct kh_net *kn, bool before, bool after)
{
	if (before != after)
		trace_khttpd_drain(kn->net->ns.inum, after, atomic_read(&kn->active));
}

/* Without a configuration yet. */
static struct kh_net *kh_server_create(struct kh_netns *ns)
{
	struct kh_net *kn = kh_net_create(ns);

	if (!kn)
		return NULL;
	kh_held_begin(kn);
	if (!kh_histograms_begin(kn) && !kh_cache_begin(kn))
		return kn;
	kh_net_end(kn);
	return NULL;
}

/* Returns the one before, which those who print it have left. */
static struct khttpd_config *kh_config_publish(struct kh_net *kn, struct khttpd_config *config)
{
	struct khttpd_config *old;

	mutex_lock(&kn->config_lock);
	old = rcu_replace_pointer(kn->config, config, lockdep_is_held(&kn->config_lock));
	mutex_unlock(&kn->config_lock);
	return old;
}

/* What their release did comes before that, also where there is nothing to wait for. */
static bool kh_server_is_idle(const struct kh_net *kn)
{
	return !atomic_read_acquire(&kn->active);
}

static void kh_servers_wait(struct list_head *stopping)
{
	const unsigned long end = jiffies + KH_STOP_GRACE;
	struct kh_net *kn;

	list_for_each_entry(kn, stopping, node) {
		const long left = max(0L, (long)(end - jiffies));

		if (!wait_event_timeout(kn->idle, kh_server_is_idle(kn), left))
			kh_conn_stop_all(kn, KH_CONN_KILL);
	}
	list_for_each_entry(kn, stopping, node)
		wait_event(kn->idle, kh_server_is_idle(kn));
	/* The last item may still have to wake us, through a server that is about to be freed. */
	flush_workqueue(kh_workqueue);
}

/* Idle connections close at once, busy ones within the grace, the rest are reset. */
void kh_servers_stop(struct list_head *stopping)
{
	struct kh_net *kn, *next;

	if (list_empty(stopping))
		return;
	list_for_each_entry(kn, stopping, node) {
		kh_config_tell(kn, KH_CONFIG_STOP, 0);
		kh_listeners_stop(kn);
		kh_conn_stop_all(kn, KH_CONN_STOP);
	}
	kh_servers_wait(stopping);
	list_for_each_entry(kn, stopping, node)
		kn->last_config = kh_config_publish(kn, NULL);
	/* No connection is left, whose lookup of a file might be under way. */
	synchronize_rcu();
	list_for_each_entry_safe(kn, next, stopping, node) {
		kh_cache_end(kn);
		khttpd_config_destroy(kn->last_config);
		kh_log_end(kn);
		kh_rate_exit(kn);
		kh_net_end(kn);
	}
	INIT_LIST_HEAD(stopping);
}

/* One that nobody else can find. */
static void kh_server_stop(struct kh_net *kn)
{
	LIST_HEAD(stopping);

	list_add(&kn->node, &stopping);
	kh_servers_stop(&stopping);
}

/* The namespace has none from here on; null where it had none. */
static struct kh_net *kh_server_detach(struct kh_netns *ns)
{
	struct kh_net *kn = kh_server_of(ns);

	ns->lease = NULL;
	rcu_assign_pointer(ns->server, NULL);
	return kn;
}

void kh_server_take(struct kh_netns *ns, struct list_head *stopping)
{
	struct kh_net *kn;

	mutex_lock(&ns->control);
	kn = kh_server_detach(ns);
	WRITE_ONCE(ns->over, true);
	if (kn)
		list_add_tail(&kn->node, stopping);
	mutex_unlock(&ns->control);
}

void kh_server_end_lease(struct kh_netns *ns, const void *lease)
{
	mutex_lock(&ns->control);
	if (ns->lease == lease)
		kh_server_stop(kh_server_detach(ns));
	mutex_unlock(&ns->control);
}

/* Makes what the configuration wants, before it is put into force. */
static int kh_server_prepare(struct kh_net *kn, const struct khttpd_config *config,
			     struct kh_log **log)
{
	int err = khttpd_config_rates(config) ? kh_rate_prepare(kn) : 0;

	return err ? err : kh_log_prepare(kn, config, log);
}

/* The first configuration: a server that it is not put into force for is to be stopped. */
static int kh_server_begin(struct kh_net *kn, struct khttpd_config *config)
{
	const struct kh_settings *settings = khttpd_config_settings(config);
	struct kh_log *log;
	int err;

	lockdep_assert_held(kn->control);
	/* Published first: a connection may come with the first listener. */
	kh_config_publish(kn, config);
	kn->started = jiffies;
	kh_cache_set_limit(kn, (u64)settings->cache_size << 10);
	err = kh_server_prepare(kn, config, &log);
	if (err)
		return err;
	kh_log_install(kn, log);
	return kh_listeners_update(kn, settings);
}

/* Entries made under the old configuration go too: its readers are over by then. */
static void kh_config_retire(struct kh_net *kn, struct khttpd_config *old)
{
	synchronize_rcu();
	synchronize_srcu(&kn->config_srcu);
	kh_cache_clear(kn);
	khttpd_config_destroy(old);
}

/* Publishes the configuration, then ends what only the old one wanted. */
static int kh_server_change(struct kh_net *kn, struct khttpd_config *config)
{
	const struct kh_settings *settings = khttpd_config_settings(config);
	struct khttpd_config *old;
	struct kh_log *log;
	int err;

	lockdep_assert_held(kn->control);
	err = kh_server_prepare(kn, config, &log);
	if (!err) {
		err = kh_listeners_update(kn, settings);
		if (err)
			kh_log_discard(kn, log);
	}
	if (err) {
		khttpd_config_destroy(config);
		return err;
	}
	old = kh_config_publish(kn, config);
	kh_drain_tell(kn, khttpd_config_settings(old)->drain_, settings->drain_);
	kh_config_retire(kn, old);
	kh_log_install(kn, log);
	kh_cache_set_limit(kn, (u64)settings->cache_size << 10);
	return 0;
}

int kh_server_load(struct kh_netns *ns)
{
	char *error = kzalloc(256, GFP_KERNEL);
	struct khttpd_config *config;
	struct kh_net *kn;
	int err = -ENOMEM;

	if (!error)
		return err;
	mutex_lock(&ns->control);
	kn = kh_server_create(ns);
	if (kn) {
		err = khttpd_config_create(kn, kh_param_values, &config, error, 256);
		if (err)
			kh_log_error("%s", error);
		else
			err = kh_server_begin(kn, config);
		kh_config_tell(kn, KH_CONFIG_START, err);
		if (err)
			kh_server_stop(kn);
		else
			rcu_assign_pointer(ns->server, kn);
	}
	mutex_unlock(&ns->control);
	kfree(error);
	return err;
}

static int kh_server_read(struct kh_net *kn, bool fresh, const char *text, size_t size,
			  char *mistakes, size_t mistakes_size)
{
	struct kh_complaints heard = {mistakes, mistakes_size};
	struct khttpd_config *config;
	int err = khttpd_config_read(kn, text, size, &config, mistakes, mistakes_size);

	if (!err) {
		kn->heard = &heard;
		err = fresh ? kh_server_begin(kn, config) : kh_server_change(kn, config);
		kn->heard = NULL;
	}
	kh_config_tell(kn, fresh ? KH_CONFIG_START : KH_CONFIG_CHANGE, err);
	return err;
}

/* Where there is none. */
static int kh_server_start(struct kh_netns *ns, const void *lease, const char *text, size_t size,
			   char *mistakes, size_t mistakes_size)
{
	struct kh_net *kn;
	int err = kh_show_create(ns);

	if (err)
		return err;
	kn = kh_server_create(ns);
	if (!kn)
		return -ENOMEM;
	err = kh_server_read(kn, true, text, size, mistakes, mistakes_size);
	if (err) {
		kh_server_stop(kn);
		return err;
	}
	rcu_assign_pointer(ns->server, kn);
	ns->lease = kn->first ? NULL : lease;
	return 0;
}

int kh_server_commit(struct kh_netns *ns, const void *lease, const char *text, size_t size,
		     char *mistakes, size_t mistakes_size)
{
	struct kh_net *kn;
	int err;

	mutex_lock(&ns->control);
	kn = kh_server_of(ns);
	if (ns->over)
		err = -ESHUTDOWN;
	else if (kn)
		err = kh_server_read(kn, false, text, size, mistakes, mistakes_size);
	else
		err = kh_server_start(ns, lease, text, size, mistakes, mistakes_size);
	mutex_unlock(&ns->control);
	if (err && !mistakes[0])
		snprintf(mistakes, mistakes_size, "0: %s",
			 err == -ENOMEM	   ? "out of memory" :
			 err == -ESHUTDOWN ? "the server is shutting down" :
					     "the kernel refused");
	return err;
}
