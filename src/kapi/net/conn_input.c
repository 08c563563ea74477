// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The receiving side of a run: hands what TCP has to the core, in place. Socket spinlock held,
 * socket not owned, bottom halves off, nothing sleeps.
 */
#include <linux/skbuff.h>
#include <net/tcp.h>
#include "kapi/net/conn_input.h"

struct kh_reader {
	struct kh_conn *c;
	const struct khttpd_config *config;
	struct kh_scratch *scratch;
	enum kh_verdict verdict;
};

/* The bytes at `offset` that lie together; 0 where only skb_seq_read() finds them (frag_list). */
static u32 kh_skb_span(const struct sk_buff *skb, u32 offset, const u8 **data)
{
	u32 size = skb_headlen(skb);
	int i;

	if (offset < size) {
		*data = skb->data + offset;
		return size - offset;
	}
	for (i = 0; !IS_ENABLED(CONFIG_HIGHMEM) && i < skb_shinfo(skb)->nr_frags; i++) {
		const skb_frag_t *frag = &skb_shinfo(skb)->frags[i];

		offset -= size;
		size = skb_frag_size(frag);
		if (offset < size) {
			const u8 *start = skb_frag_address_safe(frag);

			if (!start)
				return 0;
			*data = start + offset;
			return size - offset;
		}
	}
	return 0;
}

/* What is left of the run's work bounds what is handed over; true when there is none. */
static bool kh_reader_done(const struct kh_reader *r)
{
	return r->verdict != KH_CONTINUE || !r->scratch->work;
}

/* Hands bytes to the core, as many as the run may look at; returns how many it took. */
static size_t kh_reader_take_span(struct kh_reader *r, const u8 *data, size_t size)
{
	struct kh_batch *batch = &r->scratch->batch;
	size_t used = 0;

	size = min_t(size_t, size, r->scratch->work);
	batch->skipped = 0;
	r->verdict = khttpd_conn_input(r->c->core, r->config, data, size, &used, batch);
	kh_scratch_charge(r->scratch, KH_WORK_BUFFER + used - batch->skipped +
					      (batch->skipped >> KH_WORK_SHIFT));
	return used;
}

/* For buffers with a list of others: slower, and seldom. */
static size_t kh_reader_take_list(struct kh_reader *r, struct sk_buff *skb, u32 offset, size_t len)
{
	struct skb_seq_state state;
	size_t taken = 0, used;
	u32 size;
	const u8 *data;

	skb_prepare_seq_read(skb, offset, offset + len, &state);
	while (taken < len && !kh_reader_done(r)) {
		size = skb_seq_read(taken, &data, &state);
		if (!size)
			break;
		/* It does not look at the end, which urgent data may put before the buffer's. */
		size = min_t(size_t, size, len - taken);
		used = kh_reader_take_span(r, data, size);
		taken += used;
		if (used < size)
			break;
	}
	skb_abort_seq_read(&state);
	return taken;
}

/* Called by tcp_read_sock() for each buffer; its pieces are looked at in place. */
static int kh_reader_actor(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset,
			   size_t len)
{
	struct kh_reader *r = desc->arg.data;
	size_t taken = 0, used, size;
	const u8 *data;

	while (taken < len && !kh_reader_done(r)) {
		size = min_t(size_t, kh_skb_span(skb, offset + taken, &data), len - taken);
		if (!size) {
			taken += kh_reader_take_list(r, skb, offset + taken, len - taken);
			break;
		}
		used = kh_reader_take_span(r, data, size);
		taken += used;
		if (used < size)
			break;
	}
	if (kh_reader_done(r))
		desc->count = 0;
	return taken;
}

/*
 * tcp_read_sock() stops at an urgent byte for good. HTTP knows no urgent data: with SOCK_URGINLINE
 * it is a byte like others.
 */
static void kh_sock_ignore_urgent(struct sock *sk)
{
	if (unlikely(tcp_sk(sk)->urg_data))
		WRITE_ONCE(tcp_sk(sk)->urg_data, 0);
}

enum kh_verdict kh_conn_read(struct kh_conn *c, const struct khttpd_config *config,
			     struct kh_scratch *s)
{
	struct kh_reader reader = {c, config, s, KH_CONTINUE};
	read_descriptor_t desc = {.count = 1, .arg.data = &reader};
	int taken;

	kh_sock_ignore_urgent(c->sk);
	taken = tcp_read_sock(c->sk, &desc, kh_reader_actor);

	if (taken > 0)
		kh_stat_add(c->net, KH_STAT_bytes_received, taken);
	/* There may be more, which only the next run looks at. */
	return reader.verdict == KH_CONTINUE && !s->work ? KH_FLUSH : reader.verdict;
}

static int kh_conn_discard_actor(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset,
				 size_t len)
{
	struct kh_scratch *s = desc->arg.data;

	kh_scratch_charge(s, KH_WORK_BUFFER + (len >> KH_WORK_SHIFT));
	if (!s->work)
		desc->count = 0;
	return len;
}

bool kh_conn_discard(struct kh_conn *c, struct kh_scratch *s)
{
	read_descriptor_t desc = {.count = 1, .arg.data = s};
	int taken;

	if (!s->work)
		return false;

	kh_sock_ignore_urgent(c->sk);
	taken = tcp_read_sock(c->sk, &desc, kh_conn_discard_actor);
	if (taken > 0) {
		kh_stat_add(c->net, KH_STAT_bytes_received, taken);
		c->discarded = min_t(u64, (u64)c->discarded + taken, U32_MAX);
	}
	return s->work;
}
