// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "kapi/net/work.h"
#include "compat/compat.h"

struct workqueue_struct *kh_workqueue;

int kh_workqueue_create(void)
{
	kh_workqueue = alloc_workqueue("khttpd", KH_WQ_PERCPU | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	return kh_workqueue ? 0 : -ENOMEM;
}

void kh_workqueue_destroy(void)
{
	destroy_workqueue(kh_workqueue);
}
