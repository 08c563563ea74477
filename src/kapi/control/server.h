/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The room of what an administrator does: start, stop and change of the servers of network
 * namespaces, parameters, files of /proc, load and unload. Process context; nothing here is called
 * by a run.
 */
#pragma once

#include "kapi/netns.h"

/*
 * Starts the first network namespace's server with the module's parameters. 0 or a negative errno,
 * with a line in the kernel's log.
 */
int kh_server_load(struct kh_netns *ns);
/*
 * Puts a text in the canonical form into force, or nothing of it: then `mistakes` has a line for
 * each. Starts the server where there is none; in every network namespace but the first it then
 * ends with `lease`.
 */
int kh_server_commit(struct kh_netns *ns, const void *lease, const char *text, size_t size,
		     char *mistakes, size_t mistakes_size);
/* Stops the server that ends with `lease`, if there is one. */
void kh_server_end_lease(struct kh_netns *ns, const void *lease);
/*
 * Takes the server from its namespace, which has none from then on, and puts it on the list of
 * those that are to be stopped.
 */
void kh_server_take(struct kh_netns *ns, struct list_head *stopping);
/* Stops all of them side by side, and frees them. */
void kh_servers_stop(struct list_head *stopping);
