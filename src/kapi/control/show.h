/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What /proc/net/khttpd shows of a server: status (counters), config (what is in force, in the
 * canonical form) and log. Process context.
 */
#pragma once

#include <linux/seq_file.h>
#include "kapi/netns.h"

/* For a file of one network namespace (proc_create_net_single()). */
int kh_show_status(struct seq_file *seq, void *unused);
/*
 * Makes `config`, `metrics` and `log` in ns->dir where they are missing; 0 or -ENOMEM. Most
 * namespaces never have a server: theirs come with the first one, and stay. Under ns->control, or
 * before anybody can start a server.
 */
int kh_show_create(struct kh_netns *ns);
