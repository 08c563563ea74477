/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The buckets of a histogram, as arithmetic alone, which tests compile in user space. Each power of
 * two from 2^first on is divided into KH_BUCKET_STEPS: whatever is between the lowest and the
 * highest bound is known to within 1 / (2 * KH_BUCKET_STEPS + 1), which is 11.1 %. A bucket has
 * what is above the bound of the one before and not above its own. Any context.
 */
#pragma once

#include "kapi/kapi.h"

#define KH_BUCKET_STEPS 4
#define KH_BUCKET_POWERS 25
/* With the first, of all up to 2^first, and the last, of all above 2^(first + KH_BUCKET_POWERS). */
#define KH_BUCKETS (KH_BUCKET_STEPS * KH_BUCKET_POWERS + 2)

/* The bucket of a value; `first` is 2 to 38. */
static inline u32 kh_bucket_of(u64 value, u32 first)
{
	u64 below = value ? value - 1 : 0;
	u32 power, bucket;

	if (!(below >> first))
		return 0;
	power = 63 - (u32)__builtin_clzll(below);
	/* The two bits behind the highest say which step it is. */
	bucket = (power - first) * KH_BUCKET_STEPS + 1 + ((u32)(below >> (power - 2)) & 3);
	return bucket < KH_BUCKETS ? bucket : KH_BUCKETS - 1;
}

/* The highest value of a bucket; of the last, all bits. */
static inline u64 kh_bucket_bound(u32 bucket, u32 first)
{
	u32 power = (bucket + KH_BUCKET_STEPS - 1) / KH_BUCKET_STEPS - 1 + first;
	u32 step = (bucket + KH_BUCKET_STEPS - 1) % KH_BUCKET_STEPS;

	if (!bucket)
		return 1ull << first;
	if (bucket >= KH_BUCKETS - 1)
		return ~0ull;
	return (u64)(KH_BUCKET_STEPS + 1 + step) << (power - 2);
}

/*
 * What stands for all values of a bucket: the harmonic mean of its bounds, from which none of them
 * differs by more than a ninth. Of the first and the last bucket it is the bound that they have.
 */
static inline u64 kh_bucket_value(u32 bucket, u32 first)
{
	u32 power = (bucket + KH_BUCKET_STEPS - 1) / KH_BUCKET_STEPS - 1 + first;
	u64 low = KH_BUCKET_STEPS + (bucket + KH_BUCKET_STEPS - 1) % KH_BUCKET_STEPS;

	if (!bucket)
		return 1ull << first;
	if (bucket >= KH_BUCKETS - 1)
		return 1ull << (first + KH_BUCKET_POWERS);
	return (2 * low * (low + 1) << (power - 2)) / (2 * low + 1);
}

/*
 * The value that `permille` of a thousand of what was counted does not exceed, within a bucket: the
 * nearest rank, counted from 1. 0 when nothing was counted.
 */
static inline u64 kh_bucket_percentile(const u64 *counts, u32 first, u32 permille)
{
	u64 total = 0, rank, seen = 0;
	u32 i;

	for (i = 0; i < KH_BUCKETS; i++)
		total += counts[i];
	if (!total)
		return 0;
	/* Rounded up, without a product that might overflow. */
	rank = total / 1000 * permille + (total % 1000 * permille + 999) / 1000;
	for (i = 0; i < KH_BUCKETS - 1; i++) {
		seen += counts[i];
		if (seen >= rank)
			break;
	}
	return kh_bucket_value(i, first);
}
