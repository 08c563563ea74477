// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/atomic.h>
#include <linux/percpu.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "kapi/netns.h"

unsigned int kh_net_id;

struct kh_netns *kh_netns_of(const struct net *net)
{
	return net_generic(net, kh_net_id);
}

bool kh_netns_hold(struct kh_netns *ns)
{
	return maybe_get_net(ns->net);
}

void kh_netns_release(struct kh_netns *ns)
{
	put_net(ns->net);
}

static void kh_net_setup(struct kh_net *kn, struct kh_netns *ns)
{
	static atomic64_t ids;
	int i;

	kn->net = ns->net;
	refcount_set(&kn->refs, 1);
	kn->id = atomic64_inc_return(&ids);
	kn->first = net_eq(ns->net, &init_net);
	kn->control = &ns->control;
	mutex_init(&kn->config_lock);
	mutex_init(&kn->log_lock);
	INIT_LIST_HEAD(&kn->listeners);
	init_waitqueue_head(&kn->idle);
	for (i = 0; i < KH_CONN_LISTS; i++) {
		spin_lock_init(&kn->lists[i].lock);
		INIT_LIST_HEAD(&kn->lists[i].head);
	}
}

/* Charged to whoever writes the configuration, as all that a server takes as such. */
struct kh_net *kh_net_create(struct kh_netns *ns)
{
	struct kh_net *kn = kzalloc(sizeof(*kn), GFP_KERNEL_ACCOUNT);

	if (!kn)
		return NULL;
	kn->stats = alloc_percpu_gfp(struct kh_stats, GFP_KERNEL_ACCOUNT);
	if (!kn->stats || init_srcu_struct(&kn->config_srcu)) {
		free_percpu(kn->stats);
		kfree(kn);
		return NULL;
	}
	kh_net_setup(kn, ns);
	return kn;
}

void kh_net_end(struct kh_net *kn)
{
	cleanup_srcu_struct(&kn->config_srcu);
	kh_net_put(kn);
}

static void kh_net_free_rcu(struct rcu_head *head)
{
	struct kh_net *kn = container_of(head, struct kh_net, rcu);

	free_percpu(kn->stats);
	free_percpu(kn->histograms);
	kfree(kn->cache);
	kfree(kn);
}

struct kh_net *kh_net_get(struct kh_net *kn)
{
	refcount_inc(&kn->refs);
	return kn;
}

void kh_net_put(struct kh_net *kn)
{
	if (kn && refcount_dec_and_test(&kn->refs))
		call_rcu(&kn->rcu, kh_net_free_rcu);
}

struct kh_net *kh_netns_get_server(struct kh_netns *ns)
{
	struct kh_net *kn;

	rcu_read_lock();
	kn = rcu_dereference(ns->server);
	if (kn && !refcount_inc_not_zero(&kn->refs))
		kn = NULL;
	rcu_read_unlock();
	return kn;
}

void kh_complain(struct kh_net *kn, u32 line, const char *format, ...)
{
	struct va_format vaf = {.fmt = format};
	struct kh_complaints *heard = kn->heard;
	va_list args;
	size_t used;

	lockdep_assert_held(kn->control);
	va_start(args, format);
	vaf.va = &args;
	if (heard) {
		used = strlen(heard->text);
		scnprintf(heard->text + used, heard->size - used, "%s%u: %pV", used ? "\n" : "",
			  line, &vaf);
	} else {
		kh_log_error("%pV", &vaf);
	}
	va_end(args);
}
