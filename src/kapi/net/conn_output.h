/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The sending side of a run. BH, socket locked and not owned. */
#pragma once

#include "kapi/net/conn_state.h"
#include "kapi/net/scratch.h"

/*
 * Gives TCP a part of a page: by reference, but for a few bytes and where the way out cannot gather
 * (NETIF_F_SG), when it is copied. Returns the bytes taken or a negative errno; they are counted.
 */
int kh_conn_send_page(struct kh_conn *c, struct kh_scratch *s, struct page *page, size_t offset,
		      size_t size, bool more);
/* Gives the batch to TCP; true when all of it was taken. */
bool kh_conn_flush_batch(struct kh_conn *c, struct kh_scratch *s, bool more);
/* Sends what is attached, or has the item of files do it; true when the core may go on. */
bool kh_conn_send_attached(struct kh_conn *c, struct kh_scratch *s);
/* Frees what TCP did not take. Any context in which nothing else runs the connection. */
void kh_conn_drop_tail(struct kh_conn *c);
/* Goes on with what was blocked; true when nothing is any more. */
bool kh_conn_unblock(struct kh_conn *c, struct kh_scratch *s);
/* From now on what the peer acknowledges is compared with the minimum rate. */
void kh_conn_start_rate(struct kh_conn *c);
/* Waits until TCP takes more: for space in the send buffer, or for memory if there is space. */
void kh_conn_await_space(struct kh_conn *c);
