// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Counters of a server, one set a CPU: written without a lock in any context, summed when read.
 */
#include <linux/percpu.h>
#include "kapi/observe/stats.h"

void kh_stat_add(struct kh_net *kn, enum kh_stat id, u64 amount)
{
	this_cpu_add(kn->stats->value[id], amount);
}

u64 kh_stat_sum(const struct kh_net *kn, enum kh_stat id)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(kn->stats, cpu)->value[id]);
	return sum;
}
