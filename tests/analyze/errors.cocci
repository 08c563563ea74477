// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What tells failure by NULL is not asked with IS_ERR(), nor the other way round.

@null exists@
expression x;
position p;
@@
x = \(kmalloc\|kzalloc\|kvmalloc\|kvzalloc\|kstrdup\|kmem_cache_create\|kmem_cache_zalloc\|
      alloc_workqueue\|alloc_percpu\|alloc_pages\|prepare_kernel_cred\|proc_net_mkdir\|
      shrinker_alloc\|ring_buffer_alloc\|kh_alloc\|kh_held_alloc\)(...)
... when != x
\(IS_ERR@p(x)\|IS_ERR_OR_NULL@p(x)\|PTR_ERR_OR_ZERO@p(x)\)

@script:python@
p << null.p;
@@
coccilib.report.print_report(p[0], "failure is NULL here, not an errno in a pointer")

@err exists@
expression x;
position p;
statement S;
@@
x = \(filp_open\|dentry_open\|kh_path_open\|kh_path_open_unchecked\|kthread_create\)(...)
... when != x
\(if (!x@p) S\|if (x@p == NULL) S\|if (IS_ERR_OR_NULL@p(x)) S\)

@script:python@
p << err.p;
@@
coccilib.report.print_report(p[0], "failure is an errno in a pointer here, not NULL")
