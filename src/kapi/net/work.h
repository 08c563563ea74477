/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The work queues on which connections and listeners run in process context: one for what never
 * waits for a disk, one for what may. They share no worker and no bound, so that a disk that hangs
 * stops neither accepts nor time-outs, releases and replies from memory. Both are bound to a CPU,
 * where the packets came that caused the work.
 */
#pragma once

#include <linux/workqueue.h>

/*
 * Accepts, runs, releases. Items are short and sleep for memory only, so the kernel's bound on how
 * many are under way will do. WQ_HIGHPRI: a time-out or a release must not wait for somebody's
 * long computation on a common worker. WQ_MEM_RECLAIM: releases give memory back, so there has to
 * be a worker when there is no memory for a new one.
 */
extern struct workqueue_struct *kh_workqueue;

/*
 * Lookups, opening, reading and listing: each may wait for a disk or a network for ever. At common
 * priority, as a listing takes much time of a CPU. Not WQ_MEM_RECLAIM: they allocate and wait for
 * file systems, which write to free memory, not the other way round. A waiting item costs a thread;
 * the others of its CPU wait in the order they came.
 */
extern struct workqueue_struct *kh_file_workqueue;

/*
 * Around what an item of kh_file_workqueue does, which stays on its CPU: how many are under way
 * there, and when one last began or ended, is what kh_files_stuck() tells from. Process context.
 */
struct kh_file_load *kh_file_work_begin(void);
void kh_file_work_end(struct kh_file_load *load);

int kh_workqueue_create(void);
void kh_workqueue_destroy(void);
