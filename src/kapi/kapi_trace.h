/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The part of the seam that is about tracepoints (kapi/observe/trace.h): numbers that they tell,
 * and have in common with their names there, and what the core tells of. kapi.h includes it, and
 * nobody else.
 */
#pragma once

struct kh_conn;

/* Where a reply was made. */
enum kh_path {
	KH_PATH_SOFTIRQ, /* in the receive path */
	KH_PATH_WORK,	 /* by a work item or an accept thread, from memory */
	KH_PATH_FILE,	 /* after a lookup of the file by the item of files */
};

/* What was refused, or put off, because of a limit. */
enum kh_limit {
	KH_LIMIT_CONNECTIONS,
	KH_LIMIT_ADDRESS, /* connections of one address */
	KH_LIMIT_RATE,
	KH_LIMIT_TARGET,
	KH_LIMIT_HEAD,
	KH_LIMIT_BODY,
	KH_LIMIT_RUN,  /* the run's work: the connection waits for its turn */
	KH_LIMIT_HELD, /* and from here on memory of each enum kh_held */
};

/* What an error is of; with that comes a status, or an errno. */
enum kh_error {
	KH_ERROR_HEAD,
	KH_ERROR_BODY,
	KH_ERROR_PROXY,
	KH_ERROR_FILE, /* shorter than its length, or unreadable */
	KH_ERROR_SEND,
	KH_ERROR_MEMORY,
	KH_ERROR_RESET, /* by the peer, or TCP gave up */
};

/* What is told of a reply. */
struct kh_trace_reply {
	u64 bytes;	/* of all of it, without what is attached at the time */
	u64 latency_ns; /* from the head's first byte; 0 if that came before the event was on */
	u32 status;
	u32 path;	 /* enum kh_path */
	u32 cache;	 /* 1: the response cache had the reply */
	u32 site, place; /* their numbers, in the order of the configuration; 0 is the top */
};

/* net/conn_observe.c; BH, in a run. They do nothing while the tracepoint is off. */
void kh_conn_trace_request(const struct kh_conn *socket, const u8 *method, u32 method_size,
			   const u8 *target, u32 target_size) KH_NOEXCEPT;
void kh_conn_trace_response(const struct kh_conn *socket,
			    const struct kh_trace_reply *reply) KH_NOEXCEPT;
void kh_conn_trace_limit(const struct kh_conn *socket, enum kh_limit limit) KH_NOEXCEPT;
void kh_conn_trace_error(const struct kh_conn *socket, enum kh_error where, int error) KH_NOEXCEPT;
