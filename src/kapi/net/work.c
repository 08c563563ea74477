// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
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
static struct workqueue_struct *kh_file_workqueues[2];

/* When one waits so long for a thread, so would a look at a file. */
#define KH_FILES_OVERDUE (HZ / 32)

struct kh_file_load {
	struct workqueue_struct *queue;
	atomic_t running;
	unsigned long moved;	  /* ticks when an item last began or ended */
	struct work_struct probe; /* waits while all threads are taken, as any other item does */
	unsigned long queued;	  /* ticks when it began to wait, or else last ran */
	unsigned long waited;	  /* ticks that it had waited when it last ran */
};

/* How long an accept thread may go on before others have the CPU for a moment. */
#define KH_ACCEPT_TIME (HZ / 100)
/* When a turn has waited or lasted for so long its thread is kept from the CPU. */
#define KH_TURN_OVERDUE (HZ / 10)

enum kh_turn_state { KH_TURN_QUEUED, KH_TURN_STOPPED };

struct kh_accept_time {
	bool slept;
	unsigned long since; /* ticks: when it began to run after it slept */
};

/* As kh_file_workqueues: of the first network namespace's server, and of all others. */
static DEFINE_PER_CPU(struct kh_file_load[2], kh_file_loads);
static DEFINE_PER_CPU(struct task_struct *, kh_accept_thread);
static DEFINE_PER_CPU(struct kh_accept_time, kh_accept_time);
static DEFINE_PER_CPU(struct llist_head, kh_turns);
/* That of all accept threads, while it is not as usual; outside cpus_read_lock(). */
static DEFINE_MUTEX(kh_accept_priority);

/* The thread of a CPU that goes is parked only after the last who saw the CPU active has left. */
static void kh_turn_list(struct kh_turn *turn)
{
	unsigned int cpu;

	rcu_read_lock();
	cpu = raw_smp_processor_id();
	if (!cpu_active(cpu))
		cpu = cpumask_any(cpu_active_mask);
	if (llist_add(&turn->node, per_cpu_ptr(&kh_turns, cpu)))
		wake_up_process(per_cpu(kh_accept_thread, cpu));
	rcu_read_unlock();
}

void kh_turn_queue(struct kh_turn *turn)
{
	/* What there is to do is seen by the run that clears the mark, or by the next. */
	smp_mb__before_atomic();
	if (test_bit(KH_TURN_STOPPED, &turn->state))
		return;
	if (!test_and_set_bit(KH_TURN_QUEUED, &turn->state)) {
		WRITE_ONCE(turn->queued, jiffies);
		atomic_inc(&turn->users);
		kh_turn_list(turn);
	} else if (time_after(jiffies, READ_ONCE(turn->queued) + KH_TURN_OVERDUE)) {
		queue_delayed_work(kh_workqueue, &turn->later, 0);
	}
}

static void kh_turns_run(unsigned int cpu)
{
	struct llist_node *turns = llist_del_all(per_cpu_ptr(&kh_turns, cpu));
	struct kh_turn *turn, *next;

	llist_for_each_entry_safe(turn, next, llist_reverse_order(turns), node) {
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

/*
 * In place of threads that do not get their CPU: a process of a higher real-time priority may have
 * it for ever, and leaves a part to ordinary ones alone.
 */
static void kh_turns_run_all(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		kh_turns_run(cpu);
}

static void kh_turns_work_run(struct work_struct *work)
{
	kh_turns_run_all();
}

static DECLARE_WORK(kh_turns_work, kh_turns_work_run);

static void kh_turn_late(struct work_struct *work)
{
	struct kh_turn *turn = container_of(to_delayed_work(work), struct kh_turn, later);

	if (test_bit(KH_TURN_QUEUED, &turn->state))
		kh_turns_run_all();
	else
		kh_turn_queue(turn);
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

static void kh_accept_threads_set_priority(bool realtime)
{
	unsigned int cpu;

	cpus_read_lock();
	/* Those of CPUs that are offline too, which are parked: they come back as they are. */
	for_each_possible_cpu(cpu) {
		struct task_struct *thread = per_cpu(kh_accept_thread, cpu);

		if (!thread)
			continue;
		if (realtime)
			sched_set_fifo_low(thread);
		else
			sched_set_normal(thread, MIN_NICE);
	}
	cpus_read_unlock();
}

/* What the last run did comes before its end, also where there is nothing to wait for. */
static bool kh_turn_is_over(const struct kh_turn *turn)
{
	return !atomic_read_acquire(&turn->users);
}

/*
 * A process of a higher real-time priority may have taken the CPU from a thread in the middle of a
 * run, which ends when the thread is one of the ordinary ones for the time.
 */
static void kh_turn_wait(struct kh_turn *turn)
{
	/*
	 * Not by the caller: whom it accepts for may be others, and its own time, memory and
	 * rights are what a tenant was given.
	 */
	queue_work(kh_workqueue, &kh_turns_work);
	flush_work(&kh_turns_work);
	if (wait_var_event_timeout(&turn->users, kh_turn_is_over(turn), KH_TURN_OVERDUE))
		return;
	mutex_lock(&kh_accept_priority);
	kh_accept_threads_set_priority(false);
	wait_var_event(&turn->users, kh_turn_is_over(turn));
	kh_accept_threads_set_priority(true);
	mutex_unlock(&kh_accept_priority);
}

void kh_turn_refuse(struct kh_turn *turn)
{
	set_bit(KH_TURN_STOPPED, &turn->state);
	smp_mb__after_atomic();
}

/* A run that is over queues nothing more; the delayed work may have queued it once before. */
void kh_turn_stop(struct kh_turn *turn)
{
	kh_turn_wait(turn);
	cancel_delayed_work_sync(&turn->later);
	kh_turn_wait(turn);
}

static int kh_accept_should_run(unsigned int cpu)
{
	bool run = !llist_empty(per_cpu_ptr(&kh_turns, cpu));

	if (!run)
		per_cpu(kh_accept_time, cpu).slept = true;
	return run;
}

/*
 * Clients can keep it busy for ever, and with it a CPU from all ordinary threads, which release
 * what it accepts: so it sleeps at times.
 */
static void kh_accept_run(unsigned int cpu)
{
	struct kh_accept_time *time = per_cpu_ptr(&kh_accept_time, cpu);

	if (time->slept) {
		time->slept = false;
		time->since = jiffies;
	}
	kh_turns_run(cpu);
	if (time_after(jiffies, time->since + KH_ACCEPT_TIME)) {
		msleep(1);
		time->slept = true;
	}
}

/* Before it runs for the first time. */
static void kh_accept_create(unsigned int cpu)
{
	sched_set_fifo_low(per_cpu(kh_accept_thread, cpu));
}

static struct smp_hotplug_thread kh_accept_threads = {
	.store = &kh_accept_thread,
	.thread_should_run = kh_accept_should_run,
	.thread_fn = kh_accept_run,
	.create = kh_accept_create,
	.park = kh_turns_run,
	.thread_comm = "khttpd/%u",
};

static void kh_softirqs_have_run(struct tasklet_struct *tasklet)
{
}

static DEFINE_PER_CPU(struct tasklet_struct, kh_softirqs);

/* A pointer that is set in the definition would be null: a module's are not relocated. */
static void kh_softirqs_start(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		tasklet_setup(per_cpu_ptr(&kh_softirqs, cpu), kh_softirqs_have_run);
}

/* A tasklet that waits has all softirqs run, ksoftirqd or not: SOFTIRQ_NOW_MASK of softirq.c. */
void kh_work_let_softirqs_run(void)
{
	local_bh_disable();
	if (local_softirq_pending())
		tasklet_schedule(this_cpu_ptr(&kh_softirqs));
	local_bh_enable();
	/* Whom they have woken. */
	cond_resched();
}

/* On a CPU of its own, or on any while that is off. */
static void kh_file_load_probe(struct kh_file_load *load, unsigned long waited)
{
	WRITE_ONCE(load->waited, waited);
	WRITE_ONCE(load->queued, jiffies);
	queue_work_on(raw_smp_processor_id(), load->queue, &load->probe);
}

/*
 * It has one of the threads itself. One that did not wait is not queued again: where all others are
 * stuck and nobody waits behind it, it would have its turn at once, for as long as they are.
 */
static void kh_file_load_probed(struct work_struct *work)
{
	struct kh_file_load *load = container_of(work, struct kh_file_load, probe);
	const unsigned long waited = jiffies - READ_ONCE(load->queued);

	if (waited && atomic_read(&load->running) >= KH_FILE_WORKERS - 1) {
		kh_file_load_probe(load, waited);
	} else {
		WRITE_ONCE(load->waited, waited);
		WRITE_ONCE(load->queued, jiffies);
	}
}

/* What was found less than a second ago holds: several items may have ended just then. */
static unsigned long kh_file_load_waited(const struct kh_file_load *load)
{
	return time_before(jiffies, READ_ONCE(load->queued) + HZ) ? READ_ONCE(load->waited) : 0;
}

struct workqueue_struct *kh_file_workqueue(const struct kh_net *kn)
{
	return kh_file_workqueues[!kn->first];
}

struct kh_file_load *kh_file_work_begin(const struct kh_net *kn)
{
	struct kh_file_load *load = raw_cpu_ptr(&kh_file_loads[!kn->first]);

	WRITE_ONCE(load->moved, jiffies);
	if (atomic_inc_return(&load->running) == KH_FILE_WORKERS && !work_pending(&load->probe))
		kh_file_load_probe(load, kh_file_load_waited(load));
	return load;
}

void kh_file_work_end(struct kh_file_load *load)
{
	WRITE_ONCE(load->moved, jiffies);
	atomic_dec(&load->running);
}

enum kh_pace kh_files_pace(const struct kh_net *kn)
{
	const struct kh_file_load *load = raw_cpu_ptr(&kh_file_loads[!kn->first]);

	/* Not by `running`: between two items a thread may have to wait for the CPU. */
	if (!work_pending(&load->probe))
		return KH_PACE_SOON;
	if (time_after(jiffies, READ_ONCE(load->moved) + HZ))
		return KH_PACE_STUCK;
	if (READ_ONCE(load->waited) > KH_FILES_OVERDUE ||
	    time_after(jiffies, READ_ONCE(load->queued) + KH_FILES_OVERDUE))
		return KH_PACE_LATE;
	return KH_PACE_SOON;
}

static int kh_file_workqueue_create(u32 which, const char *name)
{
	struct workqueue_struct *queue = alloc_workqueue(name, KH_WQ_PERCPU, KH_FILE_WORKERS);
	unsigned int cpu;

	if (!queue)
		return -ENOMEM;
	kh_file_workqueues[which] = queue;
	for_each_possible_cpu(cpu) {
		struct kh_file_load *load = per_cpu_ptr(&kh_file_loads[which], cpu);

		load->queue = queue;
		INIT_WORK(&load->probe, kh_file_load_probed);
	}
	return 0;
}

int kh_work_create(void)
{
	int err = -ENOMEM;

	kh_softirqs_start();
	kh_workqueue = alloc_workqueue("khttpd", KH_WQ_PERCPU | WQ_HIGHPRI | WQ_MEM_RECLAIM, 0);
	if (!kh_workqueue)
		return err;
	err = kh_file_workqueue_create(0, "khttpd_files");
	if (err)
		goto destroy_workqueue;
	err = kh_file_workqueue_create(1, "khttpd_tenants");
	if (err)
		goto destroy_files;
	err = smpboot_register_percpu_thread(&kh_accept_threads);
	if (!err)
		return 0;
	destroy_workqueue(kh_file_workqueues[1]);
destroy_files:
	destroy_workqueue(kh_file_workqueues[0]);
destroy_workqueue:
	destroy_workqueue(kh_workqueue);
	return err;
}

/*
 * They have to run once more to end, which ordinary threads can where a process of a higher
 * real-time priority has the CPU. Parked first, as kthread_stop() unparks, and in kernels such as
 * 5.10 warns of a thread that is not.
 */
static void kh_accept_threads_destroy(void)
{
	unsigned int cpu;

	kh_accept_threads_set_priority(false);
	cpus_read_lock();
	for_each_online_cpu(cpu)
		kthread_park(per_cpu(kh_accept_thread, cpu));
	cpus_read_unlock();
	smpboot_unregister_percpu_thread(&kh_accept_threads);
}

/* A tasklet may not have run yet. */
static void kh_softirqs_stop(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		tasklet_kill(per_cpu_ptr(&kh_softirqs, cpu));
}

/* Items of files queue others on the first queue. */
void kh_work_destroy(void)
{
	kh_accept_threads_destroy();
	destroy_workqueue(kh_file_workqueues[1]);
	destroy_workqueue(kh_file_workqueues[0]);
	destroy_workqueue(kh_workqueue);
	kh_softirqs_stop();
}
