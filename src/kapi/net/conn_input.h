/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The receiving side of a run. BH, socket locked and not owned. */
#pragma once

#include "kapi/net/conn_state.h"
#include "kapi/net/scratch.h"

/*
 * Hands what TCP has to the core, in place, until there is no more, the core has enough or the run
 * has used up its work: then it is KH_FLUSH, and there may be more.
 */
enum kh_verdict kh_conn_read(struct kh_conn *c, const struct khttpd_config *config,
			     struct kh_scratch *s);
/* Takes and counts input that nobody wants; false when the run has used up its work. */
bool kh_conn_discard(struct kh_conn *c, struct kh_scratch *s);
