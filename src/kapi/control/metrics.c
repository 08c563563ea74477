// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * OpenMetrics text 1.0 of what a namespace's server has counted. The counters of stats.def say
 * themselves what their metrics are. A sum over CPUs is no snapshot, but one that is taken later is
 * never less.
 */
#include <linux/jiffies.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>
#include "kapi/control/metrics.h"
#include "kapi/fs/cache.h"
#include "kapi/held.h"
#include "kapi/observe/histogram.h"
#include "kapi/observe/stats.h"
#include "kapi/version.h"

/* A family's head, a sample of it, or both. */
struct kh_counter_row {
	const char *family; /* null for a part of the one before */
	const char *unit;
	const char *description;
	const char *label; /* null without a sample */
	enum kh_stat id;
};

static const struct kh_counter_row kh_counter_rows[] = {
#define KH_STAT(name, description) {#name, "", description, "", KH_STAT_##name},
#define KH_SUM(name, description)
#define KH_PART(name, label, description) {NULL, NULL, NULL, label, KH_STAT_##name},
#define KH_FAMILY(name, unit, description) {#name, unit, description, NULL, 0},
#include "server/stats.def"
};

static void kh_metric_head(struct seq_file *seq, const char *name, const char *type,
			   const char *unit, const char *description)
{
	seq_printf(seq, "# TYPE khttpd_%s %s\n", name, type);
	if (*unit)
		seq_printf(seq, "# UNIT khttpd_%s %s\n", name, unit);
	seq_printf(seq, "# HELP khttpd_%s %s\n", name, description);
}

static void kh_metric_gauge(struct seq_file *seq, const char *name, const char *unit,
			    const char *description, u64 value)
{
	kh_metric_head(seq, name, "gauge", unit, description);
	seq_printf(seq, "khttpd_%s %llu\n", name, value);
}

static void kh_metrics_counters(struct seq_file *seq, const struct kh_net *kn)
{
	const char *family = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(kh_counter_rows); i++) {
		const struct kh_counter_row *row = &kh_counter_rows[i];

		if (row->family) {
			family = row->family;
			kh_metric_head(seq, family, "counter", row->unit, row->description);
		}
		if (!row->label)
			continue;
		seq_printf(seq, "khttpd_%s_total", family);
		if (*row->label)
			seq_printf(seq, "{%s}", row->label);
		seq_printf(seq, " %llu\n", kh_stat_sum(kn, row->id));
	}
}

static void kh_metrics_gauges(struct seq_file *seq, const struct kh_net *kn)
{
	u32 entries;
	u64 bytes;
	int id;

	kh_cache_usage(kn, &entries, &bytes);
	kh_metric_gauge(seq, "listeners", "", "sockets that listen", READ_ONCE(kn->listener_count));
	kh_metric_gauge(seq, "uptime_seconds", "seconds", "time since the server started",
			(jiffies - kn->started) / HZ);
	kh_metric_gauge(seq, "connections_active", "", "connections that are not released yet",
			atomic_read(&kn->active));
	kh_metric_gauge(seq, "cache_entries", "", "files in the response cache", entries);
	kh_metric_gauge(seq, "cache_bytes", "bytes", "memory that the response cache takes", bytes);
	kh_metric_head(seq, "held_bytes", "gauge", "bytes",
		       "memory that clients make the server hold");
	for (id = 0; id < KH_HELD_COUNT; id++)
		seq_printf(seq, "khttpd_held_bytes{kind=\"%s\"} %llu\n", kh_held_names[id],
			   kh_held_bytes(kn, id));
}

/* How a histogram is told. */
struct kh_scale {
	u32 first;
	u32 digits; /* behind the point, of the values: nanoseconds as seconds have nine */
	u32 step;   /* powers of two from one bound to the next */
};

static const struct kh_scale kh_scale_time = {KH_TIME_FIRST, 9, 1};
static const struct kh_scale kh_scale_size = {KH_SIZE_FIRST, 0, 2};

static void kh_metric_value(struct seq_file *seq, u64 value, u32 digits)
{
	if (digits)
		seq_printf(seq, "%llu.%09llu", value / NSEC_PER_SEC, value % NSEC_PER_SEC);
	else
		seq_printf(seq, "%llu", value);
}

/* `labels` end in a comma, or are empty. The bounds are powers of two, which are bounds of ours. */
static void kh_metric_histogram(struct seq_file *seq, const char *name, const char *labels,
				const struct kh_histogram *h, const struct kh_scale *scale)
{
	const u32 step = scale->step * KH_BUCKET_STEPS;
	const int inner = max_t(int, strlen(labels) - 1, 0);
	u64 count = 0;
	u32 i;

	for (i = 0; i < KH_BUCKETS - 1; i++) {
		count += h->count[i];
		if (i % step)
			continue;
		seq_printf(seq, "khttpd_%s_bucket{%sle=\"", name, labels);
		kh_metric_value(seq, kh_bucket_bound(i, scale->first), scale->digits);
		seq_printf(seq, "\"} %llu\n", count);
	}
	count += h->count[i];
	seq_printf(seq, "khttpd_%s_bucket{%sle=\"+Inf\"} %llu\n", name, labels, count);
	seq_printf(seq, inner ? "khttpd_%s_sum{%.*s} " : "khttpd_%s_sum%.*s ", name, inner, labels);
	kh_metric_value(seq, h->sum, scale->digits);
	seq_printf(seq, inner ? "\nkhttpd_%s_count{%.*s} %llu\n" : "\nkhttpd_%s_count%.*s %llu\n",
		   name, inner, labels, count);
}

static void kh_metrics_latency(struct seq_file *seq, const struct kh_net *kn, enum kh_latency from,
			       const char *name, const char *description, struct kh_histogram *h)
{
	static const char *const paths[KH_PATHS] = {"softirq", "work", "file"};
	char labels[40];
	int path, class;

	kh_metric_head(seq, name, "histogram", "seconds", description);
	for (path = 0; path < KH_PATHS; path++) {
		for (class = 2; class < 2 + KH_CLASSES; class ++) {
			memset(h, 0, sizeof(*h));
			kh_latency_merge(kn, from, path, class, h);
			scnprintf(labels, sizeof(labels), "path=\"%s\",class=\"%dxx\",",
				  paths[path], class);
			kh_metric_histogram(seq, name, labels, h, &kh_scale_time);
		}
		cond_resched();
	}
}

static void kh_metrics_one(struct seq_file *seq, const struct kh_net *kn, size_t offset,
			   const char *name, const char *unit, const char *description,
			   const struct kh_scale *scale, struct kh_histogram *h)
{
	memset(h, 0, sizeof(*h));
	kh_histogram_merge(kn, offset, h);
	kh_metric_head(seq, name, "histogram", unit, description);
	kh_metric_histogram(seq, name, "", h, scale);
}

static void kh_metrics_histograms(struct seq_file *seq, const struct kh_net *kn,
				  struct kh_histogram *h)
{
	kh_metrics_latency(seq, kn, KH_LATENCY_FROM_FIRST, "request_seconds",
			   "from the first byte of a request's head to the last of its reply", h);
	kh_metrics_latency(seq, kn, KH_LATENCY_FROM_LAST, "reply_seconds",
			   "from the last byte of a request's head to the last of its reply", h);
	kh_metrics_one(seq, kn, offsetof(struct kh_histograms, queue), "file_queue_seconds",
		       "seconds", "how long requests for files waited for a thread", &kh_scale_time,
		       h);
	kh_metrics_one(seq, kn, offsetof(struct kh_histograms, accept), "accept_seconds", "seconds",
		       "from the last segment of a new connection to its accept", &kh_scale_time,
		       h);
	kh_metrics_one(seq, kn, offsetof(struct kh_histograms, content), "reply_content_bytes",
		       "bytes", "content of replies", &kh_scale_size, h);
}

int kh_show_metrics(struct seq_file *seq, void *unused)
{
	struct kh_histogram *h = kmalloc(sizeof(*h), GFP_KERNEL);
	struct kh_net *kn;

	if (!h)
		return -ENOMEM;
	kn = kh_netns_get_server(kh_netns_of(seq_file_single_net(seq)));
	kh_metric_head(seq, "build_info", "gauge", "", "the version of the module that is loaded");
	seq_printf(seq, "khttpd_build_info{version=\"%s\"} 1\n", KHTTPD_VERSION);
	if (kn) {
		kh_metrics_gauges(seq, kn);
		kh_metrics_counters(seq, kn);
		kh_metrics_histograms(seq, kn, h);
	} else {
		kh_metric_gauge(seq, "listeners", "", "sockets that listen", 0);
	}
	kh_net_put(kn);
	kfree(h);
	seq_puts(seq, "# EOF\n");
	return 0;
}
