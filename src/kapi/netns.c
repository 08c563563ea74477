// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <net/net_namespace.h>
#include <net/netns/generic.h>
#include "kapi/netns.h"

unsigned int kh_net_id;

DEFINE_SRCU(kh_config_srcu);

struct kh_net *kh_net_of(const struct net *net)
{
	return net_generic(net, kh_net_id);
}

void kh_net_setup(struct kh_net *kn, struct net *net)
{
	int i;

	kn->net = net;
	mutex_init(&kn->control);
	mutex_init(&kn->log_lock);
	INIT_LIST_HEAD(&kn->listeners);
	init_waitqueue_head(&kn->idle);
	for (i = 0; i < KH_CONN_LISTS; i++) {
		spin_lock_init(&kn->lists[i].lock);
		INIT_LIST_HEAD(&kn->lists[i].head);
	}
}
