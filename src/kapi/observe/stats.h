/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The room of what can be seen from outside: counters, tracepoints and the access log. Runs write
 * here, in BH context, without a lock; readers are in process context. Nothing here decides.
 */
#pragma once

#include "kapi/netns.h"

/* The server's counter over all CPUs; not a snapshot of several. Any context. */
u64 kh_stat_sum(const struct kh_net *kn, enum kh_stat id);
