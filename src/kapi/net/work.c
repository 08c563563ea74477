// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include "kapi/kapi.h"
#include "kapi/net/work.h"
#include "compat/compat.h"

/* A CPU's threads that wait for disks at once; more would not make a disk faster. */
#define KH_FILE_WORKERS 64

struct workqueue_struct *kh_workqueue;
struct workqueue_struct *kh_file_workqueue;

struct kh_file_load {
	atomic_t running;
	unsigned long moved; /* ticks */
};

static DEFINE_PER_CPU(struct kh_file_load, kh_file_load);

struct kh_file_load *kh_file_work_begin(void)
{
	struct kh_file_load *load = raw_cpu_ptr(&kh_file_load);

	WRITE_ONCE(load->moved, jiffies);
	atomic_inc(&load->running);
	return load;
}

void kh_file_work_end(struct kh_file_load *load)
{
	WRITE_ONCE(load->moved, jiffies);
	atomic_dec(&load->running);
}

bool kh_files_stuck(void)
{
	const struct kh_file_load *load = raw_cpu_ptr(&kh_file_load);

	return atomic_read(&load->running) >= KH_FILE_WORKERS &&
	       time_after(jiffies, READ_ONCE(load->moved) + HZ);
}

int kh_workqueue_create(void)
{
	kh_workqueue = alloc_workqueue("khttpd", KH_WQ_PERCPU | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!kh_workqueue)
		return -ENOMEM;
	kh_file_workqueue = alloc_workqueue("khttpd_files", KH_WQ_PERCPU, KH_FILE_WORKERS);
	if (kh_file_workqueue)
		return 0;
	destroy_workqueue(kh_workqueue);
	return -ENOMEM;
}

/* Items of files queue others on the first queue. */
void kh_workqueue_destroy(void)
{
	destroy_workqueue(kh_file_workqueue);
	destroy_workqueue(kh_workqueue);
}
