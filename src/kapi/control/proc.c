// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/proc_fs.h>
#include <net/net_namespace.h>
#include "kapi/control/proc.h"
#include "kapi/control/server_file.h"
#include "kapi/control/show.h"

/*
 * Outside the first network namespace its administrator need not be the machine's, and may have no
 * number yet when the files are made: there opening them is what asks for the right.
 */
int kh_proc_create(struct kh_netns *ns)
{
	const bool first = net_eq(ns->net, &init_net);

	ns->dir = proc_net_mkdir(ns->net, "khttpd", ns->net->proc_net);
	if (!ns->dir)
		return -ENOMEM;
	if ((!first || kh_show_create(ns) == 0) &&
	    proc_create_net_single("status", 0444, ns->dir, kh_show_status, NULL) &&
	    proc_create_data("server", first ? 0600 : 0666, ns->dir, &kh_server_file_ops, ns))
		return 0;
	kh_proc_remove(ns);
	return -ENOMEM;
}

void kh_proc_remove(struct kh_netns *ns)
{
	remove_proc_subtree("khttpd", ns->net->proc_net);
}
