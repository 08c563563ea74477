// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Time for the core; any context. */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/timekeeping.h>
#include "kapi/kapi.h"

unsigned long kh_ticks(void)
{
	return jiffies;
}

unsigned long kh_ticks_from_seconds(u32 seconds)
{
	return (unsigned long)seconds * HZ;
}

u64 kh_unix_seconds(void)
{
	return ktime_get_real_seconds();
}

u64 kh_monotonic_ns(void)
{
	return ktime_get_ns();
}
