/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The module's tracepoints, in /sys/kernel/tracing/events/khttpd; man/khttpd.4 has them with their
 * fields, which stay as they are. These have types that the headers of user space know as well:
 * bpftrace looks for them there where the kernel has no BTF of its modules (before 5.11). Any
 * context; nothing is computed for one that is off.
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
	TP_PROTO(const struct kh_conn *conn, const struct kh_trace_reply *reply, u64 attached),
	TP_ARGS(conn, reply, attached),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, status)
		__field(__u64, bytes)
		__field(__u64, latency_ns)
		__field(__u32, path)
		__field(__u32, cache)
		__field(__u32, site)
		__field(__u32, place)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->status = reply->status;
		__entry->bytes = reply->bytes + attached;
		__entry->latency_ns = reply->latency_ns;
		__entry->path = reply->path;
		__entry->cache = reply->cache;
		__entry->site = reply->site;
		__entry->place = reply->place;
	),
	TP_printk("conn=%p status=%u bytes=%llu latency_ns=%llu path=%s cache=%u site=%u place=%u",
		  __entry->conn, __entry->status, __entry->bytes, __entry->latency_ns,
		  __print_symbolic(__entry->path,
				   { 0, "softirq" }, { 1, "work" }, { 2, "file" }),
		  __entry->cache, __entry->site, __entry->place)
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

TRACE_EVENT(khttpd_state,
	TP_PROTO(const struct kh_conn *conn, u32 state, u32 reason),
	TP_ARGS(conn, state, reason),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, state)
		__field(__u32, reason)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->state = state;
		__entry->reason = reason;
	),
	TP_printk("conn=%p state=%s reason=%u", __entry->conn,
		  __print_symbolic(__entry->state, { 1, "closing" }, { 2, "done" }),
		  __entry->reason)
);

TRACE_EVENT(khttpd_run,
	TP_PROTO(const struct kh_conn *conn, bool softirq, u32 requests, u32 work, u64 began_ns),
	TP_ARGS(conn, softirq, requests, work, began_ns),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, softirq)
		__field(__u32, requests)
		__field(__u32, work)
		__field(__u64, duration_ns)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->softirq = softirq;
		__entry->requests = requests;
		__entry->work = work;
		__entry->duration_ns = ktime_get_ns() - began_ns;
	),
	TP_printk("conn=%p softirq=%u requests=%u work=%u duration_ns=%llu", __entry->conn,
		  __entry->softirq, __entry->requests, __entry->work, __entry->duration_ns)
);

TRACE_EVENT(khttpd_blocked,
	TP_PROTO(const struct kh_conn *conn, bool memory, u64 attached),
	TP_ARGS(conn, memory, attached),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, memory)
		__field(__u64, attached)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->memory = memory;
		__entry->attached = attached;
	),
	TP_printk("conn=%p memory=%u attached=%llu", __entry->conn, __entry->memory,
		  __entry->attached)
);

TRACE_EVENT(khttpd_unblocked,
	TP_PROTO(const struct kh_conn *conn),
	TP_ARGS(conn),
	TP_STRUCT__entry(
		__field(const void *, conn)
	),
	TP_fast_assign(
		__entry->conn = conn;
	),
	TP_printk("conn=%p", __entry->conn)
);

TRACE_EVENT(khttpd_lookup,
	TP_PROTO(const struct kh_conn *conn, u64 began_ns),
	TP_ARGS(conn, began_ns),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u64, duration_ns)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->duration_ns = ktime_get_ns() - began_ns;
	),
	TP_printk("conn=%p duration_ns=%llu", __entry->conn, __entry->duration_ns)
);

TRACE_EVENT(khttpd_file_open,
	TP_PROTO(const char *name, int error, u64 size, u64 began_ns),
	TP_ARGS(name, error, size, began_ns),
	TP_STRUCT__entry(
		__array(char, name, KH_TRACE_TEXT)
		__field(__s32, error)
		__field(__u64, size)
		__field(__u64, duration_ns)
	),
	TP_fast_assign(
		kh_trace_copy_text(__entry->name, (const u8 *)name, strlen(name));
		__entry->error = error;
		__entry->size = size;
		__entry->duration_ns = ktime_get_ns() - began_ns;
	),
	TP_printk("name=%s error=%d size=%llu duration_ns=%llu", __entry->name, __entry->error,
		  __entry->size, __entry->duration_ns)
);

TRACE_EVENT(khttpd_cache_look,
	TP_PROTO(const u8 *key, u32 key_size, bool hit),
	TP_ARGS(key, key_size, hit),
	TP_STRUCT__entry(
		__array(char, path, KH_TRACE_TEXT)
		__field(__u32, hit)
	),
	TP_fast_assign(
		kh_trace_copy_text(__entry->path, key, khttpd_key_path(key, key_size));
		__entry->hit = hit;
	),
	TP_printk("path=%s hit=%u", __entry->path, __entry->hit)
);

TRACE_EVENT(khttpd_cache_insert,
	TP_PROTO(const u8 *key, u32 key_size, u64 bytes, u32 entries),
	TP_ARGS(key, key_size, bytes, entries),
	TP_STRUCT__entry(
		__array(char, path, KH_TRACE_TEXT)
		__field(__u64, bytes)
		__field(__u32, entries)
	),
	TP_fast_assign(
		kh_trace_copy_text(__entry->path, key, khttpd_key_path(key, key_size));
		__entry->bytes = bytes;
		__entry->entries = entries;
	),
	TP_printk("path=%s bytes=%llu entries=%u", __entry->path, __entry->bytes,
		  __entry->entries)
);

TRACE_EVENT(khttpd_cache_evict,
	TP_PROTO(const u8 *key, u32 key_size, u64 bytes, u32 reason),
	TP_ARGS(key, key_size, bytes, reason),
	TP_STRUCT__entry(
		__array(char, path, KH_TRACE_TEXT)
		__field(__u64, bytes)
		__field(__u32, reason)
	),
	TP_fast_assign(
		kh_trace_copy_text(__entry->path, key, khttpd_key_path(key, key_size));
		__entry->bytes = bytes;
		__entry->reason = reason;
	),
	TP_printk("path=%s bytes=%llu reason=%s", __entry->path, __entry->bytes,
		  __print_symbolic(__entry->reason,
				   { 0, "room" }, { 1, "memory" }, { 2, "stale" },
				   { 3, "replaced" }, { 4, "cleared" }))
);

TRACE_EVENT(khttpd_limit,
	TP_PROTO(const struct kh_conn *conn, u32 limit),
	TP_ARGS(conn, limit),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, limit)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->limit = limit;
	),
	TP_printk("conn=%p limit=%s", __entry->conn,
		  __print_symbolic(__entry->limit,
				   { 0, "connections" }, { 1, "address" }, { 2, "rate" },
				   { 3, "target" }, { 4, "head" }, { 5, "body" }, { 6, "run" },
				   { 7, "content" }, { 8, "listings" }, { 9, "heads" },
				   { 10, "tails" }, { 11, "replies" }, { 12, "log" }))
);

TRACE_EVENT(khttpd_held,
	TP_PROTO(u32 kind, s64 bytes, u64 held),
	TP_ARGS(kind, bytes, held),
	TP_STRUCT__entry(
		__field(__u32, kind)
		__field(__s64, bytes)
		__field(__u64, held)
	),
	TP_fast_assign(
		__entry->kind = kind;
		__entry->bytes = bytes;
		__entry->held = held;
	),
	TP_printk("kind=%s bytes=%lld held=%llu",
		  __print_symbolic(__entry->kind,
				   { 0, "content" }, { 1, "listings" }, { 2, "heads" },
				   { 3, "tails" }, { 4, "replies" }, { 5, "log" }),
		  __entry->bytes, __entry->held)
);

TRACE_EVENT(khttpd_error,
	TP_PROTO(const struct kh_conn *conn, u32 where, int error),
	TP_ARGS(conn, where, error),
	TP_STRUCT__entry(
		__field(const void *, conn)
		__field(__u32, where)
		__field(__s32, error)
	),
	TP_fast_assign(
		__entry->conn = conn;
		__entry->where = where;
		__entry->error = error;
	),
	TP_printk("conn=%p where=%s error=%d", __entry->conn,
		  __print_symbolic(__entry->where,
				   { 0, "head" }, { 1, "body" }, { 2, "proxy" }, { 3, "file" },
				   { 4, "send" }, { 5, "memory" }, { 6, "reset" }),
		  __entry->error)
);

TRACE_EVENT(khttpd_config,
	TP_PROTO(u32 netns, u32 action, int error),
	TP_ARGS(netns, action, error),
	TP_STRUCT__entry(
		__field(__u32, netns)
		__field(__u32, action)
		__field(__s32, error)
	),
	TP_fast_assign(
		__entry->netns = netns;
		__entry->action = action;
		__entry->error = error;
	),
	TP_printk("netns=%u action=%s error=%d", __entry->netns,
		  __print_symbolic(__entry->action,
				   { 0, "start" }, { 1, "change" }, { 2, "stop" }),
		  __entry->error)
);

TRACE_EVENT(khttpd_drain,
	TP_PROTO(u32 netns, bool on, u32 connections),
	TP_ARGS(netns, on, connections),
	TP_STRUCT__entry(
		__field(__u32, netns)
		__field(__u32, on)
		__field(__u32, connections)
	),
	TP_fast_assign(
		__entry->netns = netns;
		__entry->on = on;
		__entry->connections = connections;
	),
	TP_printk("netns=%u on=%u connections=%u", __entry->netns, __entry->on,
		  __entry->connections)
);

#endif

#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH kapi/observe
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
