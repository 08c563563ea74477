/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a CPU lends to a run: the batch of replies, the page fragment that TCP copies into, the date
 * and the memo of the last head's fields. Used with bottom halves off, so never by two runs at
 * once; `busy` catches a run within a run.
 */
#pragma once

#include <linux/mm_types.h>
#include <linux/percpu.h>
#include "kapi/kapi.h"

/* The longest batch, as what TCP does not take of it is kept in one block (struct kh_tail). */
#define KH_BATCH_BYTES (16384 - 8)

struct kh_scratch {
	struct kh_batch batch;
	struct page_frag frag;
	bool busy;
};

extern struct kh_scratch __percpu *kh_scratch;

/* Process context. */
int kh_scratch_create(void);
void kh_scratch_destroy(void);
