/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once

#include "kapi/net/conn_state.h"

/*
 * One run of the state machine: socket spinlock held and socket not owned, BH context. In the
 * receive path (`softirq`) it queues the work item that is to do what it leaves.
 */
void kh_conn_run(struct kh_conn *c, bool softirq);
