/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What TCP calls of a connection's socket, and how that is put in place and taken back. */
#pragma once

#include "kapi/net/conn_state.h"

/* What the callbacks found on a listener before it was changed; the same for all TCP sockets. */
void kh_conn_save_default_callbacks(const struct sock *listener);
/* The caller holds the listener's sk_callback_lock for writing, as for the one before. */
void kh_conn_restore_listener_callback(struct sock *listener);

/* BH, socket locked. */
void kh_conn_install_callbacks(struct kh_conn *c);
/* False when the socket is owned, by ss -K: callbacks may then be under way. Process context. */
bool kh_conn_restore_callbacks(struct kh_conn *c);
