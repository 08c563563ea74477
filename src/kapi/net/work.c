// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/jiffies.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/smpboot.h>
#include <linux/wait_bit.h>
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

enum kh_turn_state { KH_TURN_QUEUED, KH_TURN_STOPPED };

static DEFINE_PER_CPU(struct kh_file_load, kh_file_load);
static DEFINE_PER_CPU(struct task_struct *, kh_accept_thread);
static DEFINE_PER_CPU(struct llist_head, kh_turns);

/* The thread of a CPU that goes is parked only after the last who saw the CPU active has left. */
void kh_turn_queue(struct kh_turn *turn)
{
	unsigned int cpu;

	/* What there is to do is seen by the run that clears the mark, or by the next. */
	smp_mb__before_atomic();
	rcu_read_lock();
	if (!test_bit(KH_TURN_STOPPED, &turn->state) &&
	    !test_and_set_bit(KH_TURN_QUEUED, &turn->state)) {
		atomic_inc(&turn->users);
		cpu = raw_smp_processor_id();
		if (!cpu_active(cpu))
			cpu = cpumask_any(cpu_active_mask);
		if (llist_add(&turn->node, per_cpu_ptr(&kh_turns, cpu)))
			wake_up_process(per_cpu(kh_accept_thread, cpu));
	}
	rcu_read_unlock();
}

static void kh_turn_late(struct work_struct *work)
{
	kh_turn_queue(container_of(to_delayed_work(work), struct kh_turn, later));
}

void kh_turn_queue_later(struct kh_turn *turn, unsigned long delay)
{
	queue_delayed_work(kh_workqueue, &turn->later, delay);
}

void kh_turn_init(struct kh_turn *turn, void (*run)(struct kh_turn *turn))
{
	turn->run = run;
	turn->state = 0;
	atomic_set(&turn->users, 0);
	INIT_DELAYED_WORK(&turn->later, kh_turn_late);
}

/* A run that is over queues nothing more; the delayed work may have queued the item once before. */
void kh_turn_stop(struct kh_turn *turn)
{
	set_bit(KH_TURN_STOPPED, &turn->state);
	wait_var_event(&turn->users, !atomic_read(&turn->users));
	cancel_delayed_work_sync(&turn->later);
	wait_var_event(&turn->users, !atomic_read(&turn->users));
}

static int kh_accept_should_run(unsigned int cpu)
{
	return !llist_empty(per_cpu_ptr(&kh_turns, cpu));
}

static void kh_accept_run(unsigned int cpu)
{
	struct llist_node *turns = llist_del_all(per_cpu_ptr(&kh_turns, cpu));
	struct kh_turn *turn, *next;

	llist_for_each_entry_safe(turn, next, llist_reverse_order(turns), node)
	{
		clear_bit(KH_TURN_QUEUED, &turn->state);
		smp_mb__after_atomic();
		if (!test_bit(KH_TURN_STOPPED, &turn->state))
			turn->run(turn);
		/* From here on it may be gone; its address alone is of use. */
		if (atomic_dec_and_test(&turn->users))
			wake_up_var(&turn->users);
		cond_resched();
	}
}

static void kh_accept_setup(unsigned int cpu)
{
	sched_set_fifo_low(current);
}

static struct smp_hotplug_thread kh_accept_threads = {
	.store = &kh_accept_thread,
	.thread_should_run = kh_accept_should_run,
	.thread_fn = kh_accept_run,
	.setup = kh_accept_setup,
	.park = kh_accept_run,
	.thread_comm = "khttpd/%u",
};

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

int kh_work_create(void)
{
	int err = -ENOMEM;

	kh_workqueue = alloc_workqueue("khttpd", KH_WQ_PERCPU | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!kh_workqueue)
		return err;
	kh_file_workqueue = alloc_workqueue("khttpd_files", KH_WQ_PERCPU, KH_FILE_WORKERS);
	if (!kh_file_workqueue)
		goto destroy_workqueue;
	err = smpboot_register_percpu_thread(&kh_accept_threads);
	if (!err)
		return 0;
	destroy_workqueue(kh_file_workqueue);
destroy_workqueue:
	destroy_workqueue(kh_workqueue);
	return err;
}

/* Items of files queue others on the first queue. */
void kh_work_destroy(void)
{
	smpboot_unregister_percpu_thread(&kh_accept_threads);
	destroy_workqueue(kh_file_workqueue);
	destroy_workqueue(kh_workqueue);
}
