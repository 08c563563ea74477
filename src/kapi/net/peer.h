/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Connections per address, for each server. Process context. */
#pragma once

#include <net/sock.h>
#include "kapi/netns.h"

struct kh_peer;

/* Before any other. */
void kh_peer_init(void);
/*
 * Counts a connection of the socket's peer with the server; null when that has `limit`, or there is
 * no memory.
 */
struct kh_peer *kh_peer_get(struct kh_net *kn, const struct sock *sk, u32 limit);
/* The connection's memory is gone: it counts no longer. */
void kh_peer_put(struct kh_peer *peer);
