/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What TCP calls of a connection's socket, and how that is put in place and taken back. */
#pragma once

#include "kapi/net/conn_state.h"

/*
 * Notes what a plain socket looks like: the same for all TCP sockets of a family. Before `listener`
 * listens, as nobody else can have changed it by then. Process context.
 */
void kh_conn_save_defaults(const struct sock *listener);

/* False when the socket is not plain, which then is as it was. BH, socket locked. */
bool kh_conn_install_callbacks(struct kh_conn *c);
/* False when the socket is owned, by ss -K: callbacks may then be under way. Process context. */
bool kh_conn_restore_callbacks(struct kh_conn *c);
