// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Start, stop and change of the server in a network namespace. Process context, under kn->control;
 * kh_param_lock is taken inside it.
 */
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include "kapi/control/param.h"
#include "kapi/control/server.h"
#include "kapi/fs/cache.h"
#include "kapi/net/conn.h"
#include "kapi/net/listener.h"
#include "kapi/net/work.h"
#include "kapi/observe/access_log.h"
#include "kapi/rate.h"

#define KH_STOP_GRACE (HZ / 2) /* for replies that are under way */

static int kh_config_create(struct khttpd_config **config)
{
	char *error = kzalloc(256, GFP_KERNEL);
	int err;

	if (!error)
		return -ENOMEM;
	mutex_lock(&kh_param_lock);
	err = khttpd_config_create(kh_param_values, config, error, 256);
	mutex_unlock(&kh_param_lock);
	if (err)
		kh_log_error("%s", error);
	kfree(error);
	return err;
}

/* Entries made under the old configuration go too: its readers are over by then. */
static void kh_config_retire(struct khttpd_config *old)
{
	synchronize_rcu();
	synchronize_srcu(&kh_config_srcu);
	kh_cache_clear();
	khttpd_config_destroy(old);
}

/* Publishes the configuration, then ends what only the old one wanted. */
static int kh_server_change(struct kh_net *kn, struct khttpd_config *config)
{
	const struct kh_settings *settings = khttpd_config_settings(config);
	struct khttpd_config *old;
	struct kh_log *log;
	int err;

	lockdep_assert_held(&kn->control);
	err = khttpd_config_rates(config) ? kh_rate_prepare() : 0;
	if (!err)
		err = kh_log_prepare(kn, config, &log);
	if (!err) {
		err = kh_listeners_update(kn, settings);
		if (err)
			kh_log_discard(kn, log);
	}
	if (err) {
		khttpd_config_destroy(config);
		return err;
	}
	old = rcu_replace_pointer(kn->config, config, lockdep_is_held(&kn->control));
	kh_config_retire(old);
	kh_log_install(kn, log);
	kh_cache_set_limit((u64)settings->cache_size << 10);
	return 0;
}

int kh_server_start(struct kh_net *kn)
{
	const struct kh_settings *settings;
	struct khttpd_config *config;
	struct kh_log *log;
	int err;

	mutex_lock(&kn->control);
	err = kh_config_create(&config);
	if (!err) {
		/* Published first: a connection may come with the first listener. */
		rcu_assign_pointer(kn->config, config);
		settings = khttpd_config_settings(config);
		kn->started = jiffies;
		kh_cache_set_limit((u64)settings->cache_size << 10);
		err = kh_log_prepare(kn, config, &log);
		if (!err) {
			kh_log_install(kn, log);
			err = kh_listeners_update(kn, settings);
		}
	}
	mutex_unlock(&kn->control);
	if (err)
		kh_server_stop(kn);
	return err;
}

int kh_server_commit(struct kh_net *kn, const char *text, size_t size, char *mistakes,
		     size_t mistakes_size)
{
	struct khttpd_config *config;
	int err = -ENXIO;

	snprintf(mistakes, mistakes_size, "0: the server does not run");
	mutex_lock(&kn->control);
	if (rcu_access_pointer(kn->config)) {
		err = khttpd_config_read(text, size, &config, mistakes, mistakes_size);
		if (!err)
			err = kh_server_change(kn, config);
		if (!err)
			kh_param_restore(rcu_dereference_protected(kn->config, true));
		else if (!mistakes[0])
			snprintf(mistakes, mistakes_size,
				 "0: error %d; the kernel's log may say more", -err);
	}
	mutex_unlock(&kn->control);
	return err;
}

int kh_server_apply(struct kh_net *kn)
{
	struct khttpd_config *config;
	size_t places;
	int err;

	mutex_lock(&kn->control);
	if (!rcu_access_pointer(kn->config)) {
		mutex_unlock(&kn->control);
		return -ENXIO;
	}
	khttpd_config_rest(rcu_dereference_protected(kn->config, true), &places);
	err = kh_config_create(&config);
	if (!err)
		err = kh_server_change(kn, config);
	if (!err && places)
		kh_log_error("apply: sites, locations and replies that were written to "
			     "/proc/net/khttpd/server are gone");
	if (err)
		kh_param_restore(rcu_dereference_protected(kn->config, true));
	mutex_unlock(&kn->control);
	return err;
}

/* Idle connections close at once, busy ones within the grace, the rest are reset. */
static void kh_server_stop_connections(struct kh_net *kn)
{
	kh_conn_stop_all(kn, KH_CONN_STOP);
	if (wait_event_timeout(kn->idle, !atomic_read(&kn->active), KH_STOP_GRACE))
		return;
	kh_conn_stop_all(kn, KH_CONN_KILL);
	wait_event(kn->idle, !atomic_read(&kn->active));
}

void kh_server_stop(struct kh_net *kn)
{
	struct khttpd_config *config;

	mutex_lock(&kn->control);
	if (!rcu_access_pointer(kn->config)) {
		mutex_unlock(&kn->control);
		return;
	}
	kh_listeners_stop(kn);
	kh_server_stop_connections(kn);
	/* The last item may still have to wake us, through `kn`, which the caller frees. */
	flush_workqueue(kh_workqueue);
	config = rcu_replace_pointer(kn->config, NULL, lockdep_is_held(&kn->control));
	kh_config_retire(config);
	kh_log_install(kn, NULL);
	mutex_unlock(&kn->control);
}
