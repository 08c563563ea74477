// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Tracepoint definitions, and the calls by which the core reaches them. BH context. */
#include <linux/module.h>
#define CREATE_TRACE_POINTS
#include "kapi/trace.h"

void kh_trace_request(const struct kh_conn *c, const u8 *method, u32 method_size, const u8 *target,
		      u32 target_size)
{
	trace_khttpd_request(c, method, method_size, target, target_size);
}

void kh_trace_response(const struct kh_conn *c, u32 status, u64 bytes, u64 latency_ns)
{
	/* What is attached follows what is in the batch. */
	trace_khttpd_response(c, status, bytes + c->left, latency_ns);
}
