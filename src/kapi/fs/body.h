/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Content held in blocks of pages, which TCP takes by reference. kapi.h has the calls; this is what
 * those who send the blocks need.
 */
#pragma once

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/refcount.h>
#include "kapi/netns.h"

/*
 * Bytes. Content is a row of units, each in one block; the last may be shorter. The kernel has
 * blocks of one unit at hand even when its memory is in pieces; where it has larger ones a block
 * holds several units, as each block costs TCP a call and a packet a fragment. No larger than this,
 * as a packet that refers to one byte keeps all of its block.
 */
#define KH_BODY_UNIT (PAGE_SIZE > KH_BODY_SPAN ? PAGE_SIZE : KH_BODY_SPAN)
#define KH_BODY_BLOCK (8 * KH_BODY_UNIT)

/* Content that lies behind the object itself, in bytes: TCP copies it, and needs no page of it. */
#define KH_BODY_SMALL (2048 - sizeof(struct kh_body))

struct kh_body {
	struct list_head retired; /* when packets alone refer to blocks */
	struct kh_net *net;	  /* whose memory it counts as; counted */
	size_t size;		  /* of the content, in bytes */
	enum kh_held held;	  /* what its memory is counted as */
	refcount_t refs;
	u32 count;	      /* of units; none where the content is small, and lies here instead */
	struct page *units[]; /* the first page of each; null once its block is freed */
};

/* Null where the content lies in blocks. */
static inline u8 *kh_body_small(const struct kh_body *body)
{
	return body->count ? NULL : (u8 *)body->units;
}

/*
 * The block that has the byte at `position`, below the size of content that is not small: how far
 * from its start, and how many bytes lie together from there on, of the content or not. The block
 * is the body's.
 */
struct page *kh_body_at(const struct kh_body *body, u64 position, size_t *offset, size_t *size);

/* No body is made any more; what packets still refer to is theirs from here on. Process context. */
void kh_body_exit(void);
