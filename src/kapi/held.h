/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The count of what peers make the module hold, for each server; kapi.h has the calls that take and
 * give. It lies below all rooms. Bytes are counted from before the memory is allocated until after
 * it is freed. The server of the first network namespace has the machine's bounds to itself. Every
 * other one has a share, and all of them together no more than that one.
 */
#pragma once

#include "kapi/netns.h"

/* What each kind is called where it is told of. */
extern const char *const kh_held_names[KH_HELD_COUNT];

/* Bounds that follow from the machine's memory; before any server is made. Process context. */
void kh_held_init(void);
/* A server's, before anything is taken for it. Process context. */
void kh_held_begin(struct kh_net *kn);
/* What one server may have of what the machine has for this kind, in bytes. Any context. */
u64 kh_held_share(const struct kh_net *kn, enum kh_held id);
/* The bound in bytes; what is held beyond a lower one stays until it is given back. Any context. */
void kh_held_set_limit(struct kh_net *kn, enum kh_held id, u64 bytes);
/* The bytes held now. Any context. */
u64 kh_held_bytes(const struct kh_net *kn, enum kh_held id);

/*
 * A connection of the server is about to be made, or is over. False where it has its share of the
 * machine's, or the servers of other namespaces have all of theirs. Any context.
 */
bool kh_held_take_connection(struct kh_net *kn);
void kh_held_give_connection(struct kh_net *kn);
