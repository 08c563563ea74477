/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Content held in blocks of pages, which TCP takes by reference. kapi.h has the calls; this is what
 * those who send the blocks need.
 */
#pragma once

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/refcount.h>
#include "kapi/kapi.h"

/*
 * The largest block, in bytes: a packet that refers to one byte keeps all of its block, and blocks
 * of this size the kernel has at hand even when its memory is in pieces.
 */
#define KH_BODY_BLOCK KH_BODY_SPAN

struct kh_body {
	struct list_head retired; /* when packets alone refer to blocks */
	size_t size;		  /* of the content, in bytes */
	enum kh_held held;	  /* what its memory is counted as */
	refcount_t refs;
	u32 count;
	struct page *blocks[]; /* null once it is freed */
};

/* No body is made any more; what packets still refer to is theirs from here on. Process context. */
void kh_body_exit(void);
