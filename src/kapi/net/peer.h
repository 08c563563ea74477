/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Connections per address, for each server. Any context but interrupts. */
#pragma once

#include "kapi/netns.h"

struct kh_peer;

/* Before any other. */
void kh_peer_init(void);
/*
 * Counts a connection of an address (16 bytes) with the server; null when that has `limit`, or
 * there is no memory.
 */
struct kh_peer *kh_peer_get(struct kh_net *kn, const u8 *address, u32 limit, gfp_t gfp);
/* The connection counts for the address no longer. Null is allowed. */
void kh_peer_put(struct kh_peer *peer);
