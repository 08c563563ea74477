// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The access log's ring: the kernel's own ring buffer, as tracing uses it. A CPU writes into its
 * part alone, in a run, without a lock or an allocation; the oldest of all CPUs is found by who
 * reads. When a part is full new records are dropped, and those not read yet stay.
 */
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/ring_buffer.h>
#include <linux/slab.h>
#include "kapi/observe/access_log.h"

/* One ring, of a configuration or several. Written in runs under RCU, read under kn->log_lock. */
struct kh_log {
	struct kh_net *net; /* whose replies are recorded */
	struct trace_buffer *ring;
	u32 size; /* KiB for each CPU */
};

static struct kh_log *kh_log_in_force(struct kh_net *kn)
{
	return rcu_dereference_protected(kn->log, lockdep_is_held(kn->control) ||
							  lockdep_is_held(&kn->log_lock));
}

/* Of all CPUs. */
static size_t kh_log_bytes(u32 size)
{
	return ((size_t)size << 10) * cpumask_weight(cpu_possible_mask);
}

static void kh_log_free(struct kh_log *log)
{
	ring_buffer_free(log->ring);
	kh_held_give(log->net, KH_HELD_log, kh_log_bytes(log->size));
	kfree(log);
}

static struct kh_log *kh_log_create(struct kh_net *kn, u32 size)
{
	struct kh_log *log = kmalloc(sizeof(*log), GFP_KERNEL);

	if (!log)
		return NULL;
	if (!kh_held_take(kn, KH_HELD_log, kh_log_bytes(size)))
		goto free;
	log->net = kn;
	log->size = size;
	/* No RB_FL_OVERWRITE: what is full takes nothing. */
	log->ring = ring_buffer_alloc((unsigned long)size << 10, 0);
	if (log->ring)
		return log;
	kh_held_give(kn, KH_HELD_log, kh_log_bytes(size));
free:
	kfree(log);
	return NULL;
}

int kh_log_prepare(struct kh_net *kn, const struct khttpd_config *config, struct kh_log **log)
{
	const struct kh_settings *settings = khttpd_config_settings(config);
	struct kh_log *current_log = kh_log_in_force(kn);

	lockdep_assert_held(kn->control);
	*log = NULL;
	if (!khttpd_config_logs(config))
		return 0;
	if (current_log && current_log->size == settings->access_log_size) {
		*log = current_log;
		return 0;
	}
	*log = kh_log_create(kn, settings->access_log_size);
	if (*log)
		return 0;
	kh_complain(kn, 0, "access_log_size=%u: no memory%s for that many KiB for each CPU",
		    settings->access_log_size, kn->first ? "" : ", or not in this server's share,");
	return -ENOMEM;
}

void kh_log_discard(struct kh_net *kn, struct kh_log *log)
{
	if (log && log != kh_log_in_force(kn))
		kh_log_free(log);
}

/* Ends the readers of the one that was in force. */
static struct kh_log *kh_log_replace(struct kh_net *kn, struct kh_log *log)
{
	struct kh_log *old;

	mutex_lock(&kn->log_lock);
	old = rcu_replace_pointer(kn->log, log, lockdep_is_held(&kn->log_lock));
	mutex_unlock(&kn->log_lock);
	return old;
}

void kh_log_end(struct kh_net *kn)
{
	struct kh_log *log = kh_log_replace(kn, NULL);

	if (log)
		kh_log_free(log);
}

void kh_log_install(struct kh_net *kn, struct kh_log *log)
{
	struct kh_log *old = kh_log_in_force(kn);

	lockdep_assert_held(kn->control);
	if (log == old)
		return;
	kh_log_replace(kn, log);
	if (!old)
		return;
	/* Runs that write to it. */
	synchronize_rcu();
	kh_stat_add(kn, KH_STAT_access_log_dropped, ring_buffer_entries(old->ring));
	kh_log_free(old);
}

static void kh_log_fill(struct kh_log_record *record, const struct kh_log_reply *reply,
			const u16 *sizes)
{
	u32 at = 0;
	int i;

	record->ticket_ns = ktime_get_ns();
	record->second = reply->second;
	record->content = reply->content;
	memcpy(record->address, reply->address, sizeof(record->address));
	record->status = reply->status;
	record->version = reply->version;
	record->known = 0;
	record->cut = 0;
	memset(record->unused, 0, sizeof(record->unused));
	for (i = 0; i < KH_LOG_PARTS; i++) {
		const struct kh_log_text *part = &reply->parts[i];

		record->size[i] = sizes[i];
		record->known |= (part->data != NULL) << i;
		record->cut |= (part->size > sizes[i]) << i;
		if (sizes[i])
			memcpy(record->text + at, part->data, sizes[i]);
		at += sizes[i];
	}
}

void kh_log_write(struct kh_log *log, const struct kh_log_reply *reply)
{
	static const u16 most[KH_LOG_PARTS] = {
		[KH_LOG_METHOD] = KH_LOG_METHOD_BYTES,
		[KH_LOG_TARGET] = KH_LOG_TARGET_BYTES,
		[KH_LOG_REFERER] = KH_LOG_REFERER_BYTES,
		[KH_LOG_AGENT] = KH_LOG_AGENT_BYTES,
	};
	struct ring_buffer_event *event;
	u16 sizes[KH_LOG_PARTS];
	u32 size = sizeof(struct kh_log_record);
	int i;

	for (i = 0; i < KH_LOG_PARTS; i++) {
		sizes[i] = min_t(u32, reply->parts[i].size, most[i]);
		size += sizes[i];
	}
	event = ring_buffer_lock_reserve(log->ring, size);
	if (!event) {
		kh_stat_add(log->net, KH_STAT_access_log_dropped, 1);
		return;
	}
	kh_log_fill(ring_buffer_event_data(event), reply, sizes);
	kh_compat_ring_commit(log->ring, event);
}

/* The CPU whose next record is the oldest, and that record; -1 when there is none. */
static int kh_log_oldest(struct kh_log *log, const struct kh_log_record **oldest)
{
	int cpu, found = -1;

	for_each_possible_cpu(cpu) {
		struct ring_buffer_event *event = ring_buffer_peek(log->ring, cpu, NULL, NULL);
		const struct kh_log_record *record;

		if (!event)
			continue;
		record = ring_buffer_event_data(event);
		if (found < 0 || record->ticket_ns < (*oldest)->ticket_ns) {
			*oldest = record;
			found = cpu;
		}
	}
	return found;
}

bool kh_log_take(struct kh_net *kn, u64 until_ns, void *out)
{
	const struct kh_log_record *record = NULL;
	bool taken = false;
	struct kh_log *log;
	int cpu, i;

	mutex_lock(&kn->log_lock);
	log = kh_log_in_force(kn);
	cpu = log ? kh_log_oldest(log, &record) : -1;
	if (cpu >= 0 && record->ticket_ns <= until_ns) {
		u32 size = sizeof(*record);

		for (i = 0; i < KH_LOG_PARTS; i++)
			size += record->size[i];
		/* It stays in its place until the next one is looked for. */
		memcpy(out, record, size);
		ring_buffer_consume(log->ring, cpu, NULL, NULL);
		taken = true;
	}
	mutex_unlock(&kn->log_lock);
	return taken;
}
