// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the core tells of a connection's requests: tracepoints and the access log. BH, in a run. */
#include "kapi/net/conn_state.h"
#include "kapi/observe/access_log.h"
#include "kapi/observe/trace.h"

void kh_conn_trace_request(const struct kh_conn *c, const u8 *method, u32 method_size,
			   const u8 *target, u32 target_size)
{
	trace_khttpd_request(c, method, method_size, target, target_size);
}

void kh_conn_trace_response(const struct kh_conn *c, u32 status, u64 bytes, u64 latency_ns)
{
	/* What is attached follows what is in the batch. */
	trace_khttpd_response(c, status, bytes + c->left, latency_ns);
}

struct kh_net *kh_conn_net(const struct kh_conn *c)
{
	return c->net;
}

void kh_conn_address(const struct kh_conn *c, u8 *out)
{
	kh_log_address(out, c->sk);
}

void kh_conn_log_reply(const struct kh_conn *c, struct kh_log *log,
		       const struct kh_log_reply *reply)
{
	kh_log_write(log, c->sk, reply);
}
