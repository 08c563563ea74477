// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "kapi/observe/histogram.h"

int kh_histograms_begin(struct kh_net *kn)
{
	kn->histograms = alloc_percpu_gfp(struct kh_histograms, GFP_KERNEL_ACCOUNT);
	return kn->histograms ? 0 : -ENOMEM;
}

void kh_histogram_merge(const struct kh_net *kn, size_t offset, struct kh_histogram *total)
{
	int cpu, i;

	for_each_possible_cpu(cpu) {
		const struct kh_histogram *h =
			(const void *)per_cpu_ptr(kn->histograms, cpu) + offset;

		total->sum += READ_ONCE(h->sum);
		for (i = 0; i < KH_BUCKETS; i++)
			total->count[i] += READ_ONCE(h->count[i]);
	}
}

void kh_latency_merge(const struct kh_net *kn, enum kh_latency from, enum kh_path path, u32 class,
		      struct kh_histogram *total)
{
	const u32 column = class - 2;

	if (path < KH_PATH_FILE)
		kh_histogram_merge(kn, offsetof(struct kh_histograms, prompt[path][column]), total);
	if (from == KH_LATENCY_FROM_FIRST)
		kh_histogram_merge(kn, offsetof(struct kh_histograms, from_first[path][column]),
				   total);
	else
		kh_histogram_merge(kn, offsetof(struct kh_histograms, from_last[path][column]),
				   total);
}

void kh_content_add(struct kh_net *kn, u64 bytes, u32 replies)
{
	kh_histogram_add(kn, content, KH_SIZE_FIRST, bytes, replies);
}
