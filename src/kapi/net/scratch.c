// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <linux/percpu.h>
#include <linux/slab.h>
#include "kapi/net/scratch.h"

struct kh_scratch __percpu *kh_scratch;

static void kh_scratch_free_cpu(struct kh_scratch *s)
{
	kfree(s->batch.data);
	kfree(s->batch.path);
	kfree(s->batch.memo);
	if (s->frag.page)
		put_page(s->frag.page);
}

void kh_scratch_destroy(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		kh_scratch_free_cpu(per_cpu_ptr(kh_scratch, cpu));
	free_percpu(kh_scratch);
}

int kh_scratch_create(void)
{
	int cpu;

	kh_scratch = alloc_percpu(struct kh_scratch);
	if (!kh_scratch)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct kh_scratch *s = per_cpu_ptr(kh_scratch, cpu);
		struct kh_batch *batch = &s->batch;

		local_lock_init(&s->lock);
		batch->capacity = KH_BATCH_BYTES;
		batch->data = kmalloc_node(KH_BATCH_BYTES, GFP_KERNEL, cpu_to_node(cpu));
		batch->path = kmalloc_node(KH_PATH_ROOM, GFP_KERNEL, cpu_to_node(cpu));
		batch->memo = kzalloc_node(KH_MEMO_BYTES, GFP_KERNEL, cpu_to_node(cpu));
		if (!batch->data || !batch->path || !batch->memo) {
			kh_scratch_destroy();
			return -ENOMEM;
		}
	}
	return 0;
}
