/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The module's tracepoints, in /sys/kernel/tracing/events/khttpd. Their fields have types that the
 * headers of user space know as well: bpftrace looks for them there where the kernel has no BTF of
 * its modules (before 5.11).
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM khttpd

#if !defined(KH_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KH_TRACE_H

#include <linux/tracepoint.h>
#include "kapi/kapi.h"

#ifndef KH_TRACE_TEXT
#define KH_TRACE_TEXT 64

/* Text from the wire is cut to what fits and ends with NUL. */
static inline void kh_trace_copy_text(char *out, const u8 *text, u32 size)
{
	u32 n = min_t(u32, size, KH_TRACE_TEXT - 1);

	memcpy(out, text, n);
	memset(out + n, 0, KH_TRACE_TEXT - n);
}
#endif

/* Whose a connection is: `address` has 16 bytes, IPv4 is mapped to IPv6. */
DECLARE_EVENT_CLASS(khttpd_address,
	TP_PROTO(const struct kh_conn *conn, const u8 *address, u16 port),
	TP_ARGS(conn, address, port),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__array(__u8, address, 16)
		__field(__u16, port)
	),
	TP_fast_assign(
		__entry->conn = conn;
		memcpy(__entry->address, address, sizeof(__entry->address));
		__entry->port = port;
	),
	TP_printk("conn=%p address=%pI6c port=%u", __entry->conn, __entry->address, __entry->port)
);

DEFINE_EVENT(khttpd_address, khttpd_accept,
	TP_PROTO(const struct kh_conn *conn, const u8 *address, u16 port),
	TP_ARGS(conn, address, port)
);

DEFINE_EVENT(khttpd_address, khttpd_client,
	TP_PROTO(const struct kh_conn *conn, const u8 *address, u16 port),
	TP_ARGS(conn, address, port)
);

TRACE_EVENT(khttpd_request,
	TP_PROTO(const struct kh_conn *conn, const u8 *method, u32 method_size, const u8 *target,
		 u32 target_size),
	TP_ARGS(conn, method, method_size, target, target_size),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__array(char, method, KH_TRACE_TEXT)
		__array(char, target, KH_TRACE_TEXT)
	),
	TP_fast_assign(
		__entry->conn = conn;
		kh_trace_copy_text(__entry->method, method, method_size);
		kh_trace_copy_text(__entry->target, target, target_size);
	),
	TP_printk("conn=%p method=%s target=%s", __entry->conn, __entry->method, __entry->target)
);

TRACE_EVENT(khttpd_response,
	TP_PROTO(const struct kh_conn *conn, u32 status, u64 bytes, u64 latency_ns),
	TP_ARGS(conn, status, bytes, latency_ns),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, status)
		__field(__u64, bytes)
		__field(__u64, latency_ns)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->status = status;
		__entry->bytes = bytes;
		__entry->latency_ns = latency_ns;
	),
	TP_printk("conn=%p status=%u bytes=%llu latency_ns=%llu", __entry->conn, __entry->status,
		  __entry->bytes, __entry->latency_ns)
);

TRACE_EVENT(khttpd_close,
	TP_PROTO(const struct kh_conn *conn, u32 reason, u32 requests),
	TP_ARGS(conn, reason, requests),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, reason)
		__field(__u32, requests)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->reason = reason;
		__entry->requests = requests;
	),
	TP_printk("conn=%p reason=%s requests=%u", __entry->conn,
		  __print_symbolic(__entry->reason,
				   { 0, "peer" }, { 1, "reply" }, { 2, "timeout" },
				   { 3, "error" }, { 4, "slow" }, { 5, "unload" }),
		  __entry->requests)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH kapi/observe
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
