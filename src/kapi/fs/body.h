/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Content held in pages: kapi.h has the calls, this is what those who send the pages need. */
#pragma once

#include <linux/mm_types.h>
#include <linux/refcount.h>
#include "kapi/kapi.h"

struct kh_body {
	struct page *page; /* the first of a block */
	refcount_t refs;
};
