/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The receiving side of a run. BH, socket locked and not owned. */
#pragma once

#include "kapi/net/conn_state.h"

/* Hands what TCP has to the core, in place, until there is no more or the core has enough. */
enum kh_verdict kh_conn_read(struct kh_conn *c, const struct khttpd_config *config,
			     struct kh_batch *batch);
/* Takes and counts input that nobody wants. */
void kh_conn_discard(struct kh_conn *c);
