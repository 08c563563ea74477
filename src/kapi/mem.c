// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Memory for the core: any context, as the flag says. Callers bound the size. */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "kapi/kapi.h"

void *kh_alloc(size_t size, enum kh_gfp gfp)
{
	/* Not GFP_ATOMIC: what peers make us keep must not use up the reserves. */
	if (gfp == KH_GFP_ATOMIC)
		return kmalloc(size, GFP_NOWAIT | __GFP_NOWARN);
	return kvmalloc(size,
			(gfp == KH_GFP_ACCOUNT ? GFP_KERNEL_ACCOUNT : GFP_KERNEL) | __GFP_NOWARN);
}

void kh_free(const void *p)
{
	kvfree(p);
}

/* base/errno.h */
static_assert(EPERM == 1 && ENOENT == 2 && EINTR == 4 && EAGAIN == 11 && ENOMEM == 12);
static_assert(EACCES == 13 && EXDEV == 18 && ENOTDIR == 20 && EINVAL == 22 && ENFILE == 23);
static_assert(EMFILE == 24 && ENOSPC == 28 && ERANGE == 34 && ENAMETOOLONG == 36);
static_assert(ELOOP == 40 && EILSEQ == 84 && ETIMEDOUT == 110);
