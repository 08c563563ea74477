/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The response cache of a server as a whole; kapi.h has the calls for its entries. */
#pragma once

#include "kapi/netns.h"

/* Before any server is made. */
void kh_cache_init(void);
/* Makes the server's cache: 0 or -ENOMEM. Process context. */
int kh_cache_begin(struct kh_net *kn);
/* When no run or lookup of the server is left. Process context. */
void kh_cache_end(struct kh_net *kn);
/* Process context. */
void kh_cache_set_limit(struct kh_net *kn, u64 bytes);
void kh_cache_clear(struct kh_net *kn);
/* Any context, while the server is there. */
void kh_cache_usage(const struct kh_net *kn, u32 *count, u64 *bytes);
