// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Sends a file from the page cache without copying: splice_direct_to_actor() reads ahead and waits
 * for pages, each is then given to TCP by reference. Process context, from the connection's item
 * of files; while c->stream is set nothing else touches what is attached. Never waits for the peer.
 */
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/pipe_fs_i.h>
#include <linux/splice.h>
#include "kapi/net/conn_output.h"
#include "kapi/net/stream.h"

#define KH_STREAM_CHUNK (256 << 10)

struct kh_stream {
	struct kh_conn *c;
	int err;      /* TCP's, negative: the file is not to blame; 0 for none */
	bool full;    /* TCP took nothing more for now: an -EAGAIN is its, not the file's */
	bool starved; /* and it had space for it, but no memory */
};

/* As much of the page as TCP takes, or an errno: of -EAGAIN it is told whether memory was short. */
static int kh_stream_send(struct kh_conn *c, const struct pipe_buffer *buf, size_t size, bool more,
			  bool *starved)
{
	struct sock *sk = c->sk;
	struct kh_scratch *s;
	int sent = -EAGAIN;

	*starved = true;
	s = kh_scratch_take();
	if (!s)
		return -EAGAIN;
	if (!sock_owned_by_user_nocheck(sk)) {
		sent = kh_conn_send_page(c, s, buf->page, buf->offset, size, more);
		*starved = sk_stream_is_writeable(sk);
	}
	kh_scratch_give(s);
	return sent;
}

/* One page; as much of it as TCP takes. */
static int kh_stream_actor(struct pipe_inode_info *pipe, struct pipe_buffer *buf,
			   struct splice_desc *sd)
{
	struct kh_stream *stream = sd->u.data;
	struct kh_conn *c = stream->c;
	struct sock *sk = c->sk;
	bool more = c->more || sd->len < c->left;
	bool starved;
	int sent;

	local_bh_disable();
	bh_lock_sock(sk);
	sent = kh_stream_send(c, buf, sd->len, more, &starved);
	bh_unlock_sock(sk);
	local_bh_enable();
	if (sent > 0) {
		c->left -= sent;
	} else if (sent == -EAGAIN) {
		stream->full = true;
		stream->starved = starved;
	} else if (sent < 0) {
		stream->err = sent;
	}
	return sent;
}

static int kh_stream_pipe(struct pipe_inode_info *pipe, struct splice_desc *sd)
{
	return __splice_from_pipe(pipe, sd, kh_stream_actor);
}

/* The bytes that went, 0 at the end or a negative errno. Who watches the file is asked and told. */
static long kh_stream_splice(struct file *file, struct splice_desc *sd)
{
	long sent = kh_compat_verify_splice(file, &sd->pos, sd->total_len);

	if (!sent)
		sent = splice_direct_to_actor(file, sd, kh_stream_pipe);
	if (sent > 0)
		fsnotify_access(file);
	return sent;
}

void kh_conn_stream(struct kh_conn *c)
{
	struct kh_stream stream = {.c = c};
	struct splice_desc sd = {
		.total_len = min_t(u64, c->left, KH_STREAM_CHUNK),
		.len = min_t(u64, c->left, KH_STREAM_CHUNK),
		.pos = c->position,
		.u.data = &stream,
	};
	u64 before = c->left;
	long sent = kh_stream_splice((struct file *)c->file, &sd);

	c->position += before - c->left;
	local_bh_disable();
	bh_lock_sock(c->sk);
	smp_store_release(&c->stream, false);
	if (stream.err) {
		kh_conn_fail(c, KH_ERROR_SEND, stream.err, false);
	} else if (stream.starved ||
		   ((sent > 0 || stream.full) && c->left && !sk_stream_is_writeable(c->sk))) {
		kh_conn_await_space(c);
	} else if (sent <= 0 && !stream.full) {
		/* Shorter than what Content-Length says: only a reset tells the client. */
		kh_stat_add(c->net, KH_STAT_file_errors, 1);
		kh_conn_fail(c, KH_ERROR_FILE, sent, true);
	}
	bh_unlock_sock(c->sk);
	local_bh_enable();
}
