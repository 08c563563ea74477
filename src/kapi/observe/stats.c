// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Counters, one set a CPU: written without a lock in any context, summed when read. */
#include <linux/percpu.h>
#include "kapi/observe/stats.h"

struct kh_stats {
	u64 value[KH_STAT_COUNT];
};

static DEFINE_PER_CPU(struct kh_stats, kh_stats);

void kh_stat_add(enum kh_stat id, u64 amount)
{
	this_cpu_add(kh_stats.value[id], amount);
}

u64 kh_stat_sum(enum kh_stat id)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(kh_stats, cpu).value[id]);
	return sum;
}
