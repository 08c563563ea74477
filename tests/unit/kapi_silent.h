// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the model of the kernel takes note of in no way: for kapi_model.cc alone.
#pragma once

#include "kapi/kapi.h"

extern "C" {

void kh_content_add(kh_net *, u64, u32) noexcept
{
}

void kh_conn_head_begun(kh_conn *, const kh_batch *) noexcept
{
}

void kh_conn_head_ended(kh_conn *, const kh_batch *) noexcept
{
}

void kh_conn_trace_request(const kh_conn *, const u8 *, u32, const u8 *, u32) noexcept
{
}
}
