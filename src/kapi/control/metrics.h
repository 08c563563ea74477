/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* /proc/net/khttpd/metrics: counters, gauges and histograms as OpenMetrics text. Process. */
#pragma once

struct seq_file;

int kh_show_metrics(struct seq_file *seq, void *unused);
