/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The response cache's table as a whole; kapi.h has the calls for its entries. */
#pragma once

#include "kapi/kapi.h"

/* Process context. The caller of exit waits for RCU callbacks before the module's text goes. */
int kh_cache_init(void);
void kh_cache_exit(void);
void kh_cache_set_limit(u64 bytes);
void kh_cache_clear(void);
/* Any context. */
void kh_cache_usage(u32 *count, u64 *bytes);
