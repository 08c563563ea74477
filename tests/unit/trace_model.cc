// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Nobody traces what the tests do. kapi_model.cc includes it. */
#include "kapi_model.h"

void kh_conn_trace_request(const kh_conn *, const u8 *, u32, const u8 *, u32) noexcept
{
}

void kh_conn_trace_response(const kh_conn *, const kh_trace_reply *) noexcept
{
}

void kh_conn_trace_limit(const kh_conn *, kh_limit) noexcept
{
}

void kh_conn_trace_error(const kh_conn *, kh_error, int) noexcept
{
}
