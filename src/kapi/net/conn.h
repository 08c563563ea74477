/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The room of sockets: listeners, connections and the runs that serve them. The files stand in one
 * order, that of src/kapi.c, and each uses only what comes before it: the state of a connection,
 * input, output, streams of files, runs, callbacks, the whole connection, listeners. A run is in BH
 * context with the socket's spinlock held; docs/locking.md says what guards what.
 *
 * This header has connections as a whole: their memory, their begin and their end. Process context.
 */
#pragma once

#include "kapi/net/conn_state.h"

int kh_conn_cache_create(void);
void kh_conn_cache_destroy(void);
/* When there are no connections any more, before the work queue goes. */
void kh_conn_ended_stop(void);
/* Takes the accepted socket over, within the limits, and runs the connection once. */
void kh_conn_accept(struct kh_net *kn, struct socket *sock);
/* Sets the flag on every connection and kicks it. */
void kh_conn_stop_all(struct kh_net *kn, enum kh_conn_flag flag);
