/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A server's histograms, one set a CPU: made with the server, added to without a lock in any
 * context, merged when read. Times are nanoseconds.
 */
#pragma once

#include <linux/percpu.h>
#include "kapi/kapi.h"
#include "kapi/netns.h"
#include "kapi/observe/buckets.h"

#define KH_TIME_FIRST \
	10		/* the shortest time that is told from shorter ones is 2^10 ns, a good us */
#define KH_SIZE_FIRST 6 /* and the smallest size 64 bytes */

#define KH_PATHS (KH_PATH_FILE + 1)
#define KH_CLASSES 4 /* of final replies: 2xx to 5xx */

struct kh_histogram {
	u64 sum;
	u64 count[KH_BUCKETS];
};

/*
 * The latency of a request ends when TCP has the last byte of its reply. Most heads come in one
 * segment and are answered at once: then the latency from the head's first byte is that from its
 * last, and it is counted once, in `prompt`.
 */
struct kh_histograms {
	struct kh_histogram prompt[KH_PATH_FILE][KH_CLASSES];
	struct kh_histogram from_first[KH_PATHS][KH_CLASSES];
	struct kh_histogram from_last[KH_PATHS][KH_CLASSES];
	struct kh_histogram queue;   /* from the run that wants a file to the item of files */
	struct kh_histogram accept;  /* from a connection's last segment to its accept */
	struct kh_histogram content; /* bytes of a reply's content */
};
static_assert(sizeof(struct kh_histograms) <= 32768);

enum kh_latency {
	KH_LATENCY_FROM_FIRST,
	KH_LATENCY_FROM_LAST,
};

#define kh_histogram_add(kn, member, first, value, times)                             \
	do {                                                                          \
		struct kh_histogram __percpu *histogram_ = &(kn)->histograms->member; \
		u64 value_ = (value);                                                 \
		u32 times_ = (times);                                                 \
                                                                                      \
		this_cpu_add(histogram_->count[kh_bucket_of(value_, first)], times_); \
		this_cpu_add(histogram_->sum, value_ *times_);                        \
	} while (0)

/* For a new server: 0 or -ENOMEM. They go with the server. Process context. */
int kh_histograms_begin(struct kh_net *kn);
/* Adds all CPUs' counts to `total`. `offset` is the histogram's in struct kh_histograms. */
void kh_histogram_merge(const struct kh_net *kn, size_t offset, struct kh_histogram *total);
/* The same of all latencies of a path and a class (2 to 5). */
void kh_latency_merge(const struct kh_net *kn, enum kh_latency from, enum kh_path path, u32 class,
		      struct kh_histogram *total);
