/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The access log's ring: prepared and changed under kn->control, in process context. */
#pragma once

#include <linux/proc_fs.h>
#include "kapi/netns.h"

/*
 * Finds the log that the configuration wants, the one in force if that will do; null for none. A
 * negative errno, with a line for the administrator, if it cannot be made.
 */
int kh_log_prepare(struct kh_net *kn, const struct khttpd_config *config, struct kh_log **log);
/* Gives up what kh_log_prepare() found. */
void kh_log_discard(struct kh_net *kn, struct kh_log *log);
/* Puts it in force; records of the old one that nobody has read are dropped. Sleeps for RCU. */
void kh_log_install(struct kh_net *kn, struct kh_log *log);
/* When no run of the server is left. */
void kh_log_end(struct kh_net *kn);
/*
 * Takes the oldest record of all CPUs that is not younger than `until_ns` (monotonic) into `record`
 * of KH_LOG_RECORD_BYTES; false when there is none. Process context, no lock needed.
 */
bool kh_log_take(struct kh_net *kn, u64 until_ns, void *record);

/* /proc/net/khttpd/log, whose data is the kh_netns: observe/access_log_file.c. */
extern const struct proc_ops kh_log_file_ops;
