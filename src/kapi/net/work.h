/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The work queue on which connections and listeners run in process context. */
#pragma once

#include <linux/workqueue.h>

extern struct workqueue_struct *kh_workqueue;

int kh_workqueue_create(void);
void kh_workqueue_destroy(void);
