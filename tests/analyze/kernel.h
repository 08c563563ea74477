/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* For cppcheck, which reads no header of the kernel: its loops, that they are parsed as loops. */
#pragma once

#define hlist_for_each_entry_safe(pos, next, head, member) \
	for (pos = kh_first(head); pos; pos = kh_next(pos))
#define hlist_for_each_entry_rcu(pos, head, member) \
	for (pos = kh_first(head); pos; pos = kh_next(pos))
#define hlist_for_each_entry(pos, head, member) for (pos = kh_first(head); pos; pos = kh_next(pos))
#define list_for_each_entry(pos, head, member) for (pos = kh_first(head); pos; pos = kh_next(pos))
#define list_for_each_entry_safe(pos, next, head, member) \
	for (pos = kh_first(head); pos; pos = kh_next(pos))
#define list_for_each_entry_safe_from(pos, next, head, member) for (; pos; pos = kh_next(pos))
#define llist_for_each_entry_safe(pos, next, head, member) \
	for (pos = kh_first(head); pos; pos = kh_next(pos))
#define for_each_possible_cpu(cpu) for (cpu = 0; cpu < kh_cpus(); cpu++)
#define for_each_online_cpu(cpu) for (cpu = 0; cpu < kh_cpus(); cpu++)
