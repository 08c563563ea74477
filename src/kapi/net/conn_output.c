// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The sending side of a run: batches, what TCP did not take of them, content in memory. Socket
 * spinlock held, socket not owned, bottom halves off, nothing sleeps.
 */
#include <linux/uio.h>
#include <net/tcp.h>
#include "kapi/fs/body.h"
#include "kapi/net/conn_observe.h"
#include "kapi/net/conn_output.h"
#include "kapi/observe/trace.h"

static_assert(sizeof(struct kh_tail) + KH_BATCH_BYTES == 16384);

#define KH_COPY_BELOW 4096 /* bytes of a page, or of pages that lie together */
static_assert(KH_BODY_SMALL < KH_COPY_BELOW);
#define KH_SEND_FLAGS (MSG_DONTWAIT | MSG_NOSIGNAL)

/*
 * tcp_sendmsg_locked() takes its page from sk->sk_frag, as sk_use_task_frag is off. Lending it this
 * CPU's page lets connections share one instead of keeping up to 32 KiB each while idle.
 */
static int kh_conn_send(struct kh_conn *c, struct page_frag *frag, const u8 *data, size_t size,
			bool more)
{
	struct sock *sk = c->sk;
	struct kvec vec = {.iov_base = (void *)data, .iov_len = size};
	struct msghdr msg = {.msg_flags = KH_SEND_FLAGS | (more ? MSG_MORE : 0)};
	int sent;

	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, size);
	swap(sk->sk_frag, *frag);
	sent = tcp_sendmsg_locked(sk, &msg, size);
	swap(sk->sk_frag, *frag);
	if (sent > 0)
		kh_stat_add(c->net, KH_STAT_bytes_sent, sent);
	return sent;
}

int kh_conn_send_page(struct kh_conn *c, struct kh_scratch *s, struct page *page, size_t offset,
		      size_t size, bool more)
{
	struct sock *sk = c->sk;
	int sent;

	/* A packet that refers to a few bytes keeps all of the block, or the large folio. */
	if (size < KH_COPY_BELOW || !(sk->sk_route_caps & NETIF_F_SG))
		return kh_conn_send(c, &s->frag, (const u8 *)page_address(page) + offset, size,
				    more);
	sent = kh_compat_send_page(sk, page, offset, size, KH_SEND_FLAGS | (more ? MSG_MORE : 0));
	if (sent > 0)
		kh_stat_add(c->net, KH_STAT_bytes_sent, sent);
	return sent;
}

/*
 * Sets what ends the wait. TCP says -EAGAIN for want of space and of memory alike; if there is
 * space it was memory, which may leave nothing on its way whose acknowledgement would wake us: time
 * does it. And nothing else, as tcp_sendmsg_locked() itself calls sk_write_space when it fails with
 * nothing queued, and as every packet of the peer brings a run: trying again at once would not let
 * the CPU go.
 */
static void kh_conn_wait_for_tcp(struct kh_conn *c)
{
	unsigned long deadline = c->acked_when + KH_RATE_INTERVAL;
	unsigned long retry = jiffies + KH_RETRY_INTERVAL;

	set_bit(SOCK_NOSPACE, &c->sk->sk_socket->flags);
	c->starved = sk_stream_is_writeable(c->sk);
	if (c->starved) {
		kh_stat_add(c->net, KH_STAT_starved_sends, 1);
		if (time_before(retry, deadline))
			deadline = retry;
	}
	kh_conn_set_deadline(c, deadline);
}

void kh_conn_start_rate(struct kh_conn *c)
{
	u64 acked = tcp_sk(c->sk)->bytes_acked;

	/* A send that failed for memory is no progress: the clock goes on. */
	if (acked == c->acked_mark)
		return;
	if (c->acked_mark == KH_RATE_OFF) {
		c->outage = 0;
		c->paused = 0;
	}
	c->acked_mark = acked;
	c->acked_when = jiffies;
}

void kh_conn_await_space(struct kh_conn *c)
{
	kh_conn_assert_locked(c);
	kh_stat_add(c->net, KH_STAT_blocked_sends, 1);
	c->blocked = true;
	kh_conn_start_rate(c);
	kh_conn_wait_for_tcp(c);
	trace_khttpd_blocked(c, c->starved, c->left);
}

void kh_conn_drop_tail(struct kh_conn *c)
{
	if (!c->tail)
		return;
	kh_held_free(c->net, KH_HELD_tails, c->tail, struct_size(c->tail, data, c->tail->size));
	c->tail = NULL;
}

/* Without memory for it the connection is over. */
static void kh_conn_keep_tail(struct kh_conn *c, const struct kh_batch *b, const u8 *data, u32 size)
{
	c->tail = kh_held_alloc(c->net, KH_HELD_tails, struct_size(c->tail, data, size),
				KH_GFP_ATOMIC);
	if (!c->tail) {
		kh_conn_fail(c, KH_ERROR_MEMORY, -ENOMEM, true);
		return;
	}
	c->tail->offset = 0;
	c->tail->size = size;
	memcpy(c->tail->data, data, size);
	kh_conn_time_later(b, c->tail);
	kh_conn_await_space(c);
}

/* Gives the batch to TCP; true when all of it was taken. */
bool kh_conn_flush_batch(struct kh_conn *c, struct kh_scratch *s, bool more)
{
	struct kh_batch *b = &s->batch;
	int sent;

	if (!b->size)
		return true;
	sent = kh_conn_send(c, &s->frag, b->data, b->size, more);
	if (sent == (int)b->size) {
		b->size = 0;
		return true;
	}
	if (sent < 0 && sent != -EAGAIN)
		kh_conn_fail(c, KH_ERROR_SEND, sent, false);
	else
		kh_conn_keep_tail(c, b, b->data + max(sent, 0), b->size - max(sent, 0));
	b->size = 0;
	return false;
}

static bool kh_conn_flush_tail(struct kh_conn *c, struct kh_scratch *s)
{
	struct kh_tail *t = c->tail;
	int sent;

	if (!t)
		return true;
	sent = kh_conn_send(c, &s->frag, t->data + t->offset, t->size - t->offset, false);
	if (sent < 0 && sent != -EAGAIN) {
		kh_conn_fail(c, KH_ERROR_SEND, sent, false);
		return false;
	}
	t->offset += max(sent, 0);
	if (t->offset < t->size)
		return false;
	kh_conn_time_tail(c, t);
	kh_conn_drop_tail(c);
	return true;
}

void kh_conn_attach_body(struct kh_conn *c, struct kh_body *body, u64 offset, u64 size, bool more)
{
	c->body = body;
	c->position = offset;
	c->left = size;
	c->more = more;
}

void kh_conn_attach_file(struct kh_conn *c, struct kh_file *file, u64 offset, u64 size, bool more)
{
	c->file = file;
	c->position = offset;
	c->left = size;
	c->more = more;
}

/* Sends what lies together of what is attached of the body; the bytes taken, or an errno. */
static int kh_conn_send_piece(struct kh_conn *c, struct kh_scratch *s)
{
	const u8 *small = kh_body_small(c->body);
	struct page *block;
	size_t offset, size;

	if (small)
		return kh_conn_send(c, &s->frag, small + c->position, c->left, c->more);
	block = kh_body_at(c->body, c->position, &offset, &size);
	size = min_t(u64, c->left, size);
	return kh_conn_send_page(c, s, block, offset, size, c->more || size < c->left);
}

/* Sends what is attached of the body, block by block; true when all is with TCP. */
static bool kh_conn_send_body(struct kh_conn *c, struct kh_scratch *s)
{
	while (c->left) {
		int sent = kh_conn_send_piece(c, s);

		if (sent < 0 && sent != -EAGAIN) {
			kh_conn_fail(c, KH_ERROR_SEND, sent, false);
			return false;
		}
		if (sent <= 0) {
			c->pending = KH_SEND;
			kh_conn_await_space(c);
			return false;
		}
		c->position += sent;
		c->left -= sent;
	}
	kh_body_put(c->body);
	c->body = NULL;
	return true;
}

/* Sends what is attached, or has `files` do it; true when the core may go on. */
bool kh_conn_send_attached(struct kh_conn *c, struct kh_scratch *s)
{
	if (c->body) {
		if (!kh_conn_send_body(c, s))
			return false;
		c->resume = true;
	} else if (c->file && c->left) {
		c->pending = KH_SEND;
		smp_store_release(&c->stream, true);
		kh_conn_leave_to_files(c, s->batch.softirq);
		return false;
	} else if (c->file) {
		c->file = NULL;
		c->resume = true;
	}
	return true;
}

/* Goes on with what was blocked; true when nothing is any more. */
bool kh_conn_unblock(struct kh_conn *c, struct kh_scratch *s)
{
	if (!c->blocked)
		return true;
	if (c->starved && time_before(jiffies, c->deadline))
		return false;
	if (kh_conn_flush_tail(c, s) && sk_stream_is_writeable(c->sk)) {
		c->blocked = false;
		trace_khttpd_unblocked(c);
		clear_bit(KH_CONN_EXPIRED, &c->flags);
		return true;
	}
	if (c->phase == KH_PHASE_OPEN)
		kh_conn_wait_for_tcp(c);
	return false;
}
