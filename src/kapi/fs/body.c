// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Content held in pages, which TCP takes by reference. Counted: the cache holds one reference, each
 * reply that is on its way another; packets hold the pages themselves.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include "kapi/fs/body.h"

static unsigned int kh_body_order(size_t size)
{
	return get_order(max_t(size_t, size, 1));
}

size_t kh_body_charge(size_t size)
{
	return (PAGE_SIZE << kh_body_order(size)) + sizeof(struct kh_body);
}

struct kh_body *kh_body_create(size_t size)
{
	struct kh_body *body = kzalloc(sizeof(*body), GFP_KERNEL);

	if (!body)
		return NULL;
	/* A large block is not worth waiting for: the file is then sent from the page cache. */
	body->page = alloc_pages(GFP_KERNEL | __GFP_COMP | __GFP_NOWARN | __GFP_NORETRY,
				 kh_body_order(size));
	if (!body->page) {
		kfree(body);
		return NULL;
	}
	refcount_set(&body->refs, 1);
	return body;
}

u8 *kh_body_data(struct kh_body *body)
{
	return page_address(body->page);
}

struct kh_body *kh_body_get(struct kh_body *body)
{
	refcount_inc(&body->refs);
	return body;
}

void kh_body_put(struct kh_body *body)
{
	if (!body || !refcount_dec_and_test(&body->refs))
		return;
	put_page(body->page);
	kfree(body);
}
