// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Keeps what the model of the kernel is told for tracepoints: for kapi_model.cc alone.
#pragma once

#include "kapi_model.h"

extern "C" {

void kh_conn_trace_response(const kh_conn *, const kh_trace_reply *reply) noexcept
{
	khttpd_model::world.traced.replies.push_back(*reply);
}

void kh_conn_trace_limit(const kh_conn *, kh_limit limit) noexcept
{
	if (khttpd_model::world.traced.on)
		khttpd_model::world.traced.limits.push_back(limit);
}

void kh_conn_trace_error(const kh_conn *, kh_error where, int error) noexcept
{
	if (khttpd_model::world.traced.on)
		khttpd_model::world.traced.errors.emplace_back(where, error);
}
}
