// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * For the benchmark alone: answers TCP connections with a fixed text, without looking at what they
 * send. What a request costs here is what TCP costs, so it is the floor for a server in the
 * kernel. One reply goes out for every request_size bytes, or with scan=1 for every empty line,
 * which is the least one has to find to know how many requests came. Content comes after the text
 * from pages that are there already and given to TCP by reference, for one request at a time.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/inet_connection_sock.h>
#include <net/tcp.h>
#include "compat/compat.h" /* with get_unaligned() */

#define RAW_REPLIES 64 /* in one call of TCP */
/* What content is made of, as content() of plan.py does: it begins anew after so many pages. */
#define RAW_LINE "<p>The quick brown fox jumps over the lazy dog, again and again.\n"
#define RAW_PAGES (sizeof(RAW_LINE) - 1)
#define RAW_PERIOD (RAW_PAGES * PAGE_SIZE)

static ushort port = 8090;
module_param(port, ushort, 0444);
MODULE_PARM_DESC(port, "TCP port");
static bool in_place = true;
module_param(in_place, bool, 0444);
MODULE_PARM_DESC(in_place, "answer in the receive path, else by a work item");
static uint request_size;
module_param(request_size, uint, 0644);
MODULE_PARM_DESC(request_size, "bytes of a request; 0: whatever is there is one request");
static bool scan;
module_param(scan, bool, 0444);
MODULE_PARM_DESC(scan, "look for the empty line at the end of each request");
static bool close_after;
module_param_named(close, close_after, bool, 0644);
MODULE_PARM_DESC(close, "close the connection after a reply");

static ulong content;
module_param(content, ulong, 0644);
MODULE_PARM_DESC(content, "bytes of content after the reply");

static char reply_text[4096] = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
			       "Server: khttpd\r\nContent-Type: text/plain; charset=utf-8\r\n"
			       "Content-Length: 13\r\n\r\nHello World!\n";
static size_t reply_size;

/* Byte for byte what is written to the file: changed between runs only, so without a lock. */
static int raw_reply_set(const char *value, const struct kernel_param *param)
{
	size_t size = strlen(value);

	if (!size || size > sizeof(reply_text))
		return -EINVAL;
	memcpy(reply_text, value, size);
	WRITE_ONCE(reply_size, size);
	return 0;
}

static int raw_reply_get(char *out, const struct kernel_param *param)
{
	memcpy(out, reply_text, min_t(size_t, reply_size, PAGE_SIZE - 1));
	return min_t(size_t, reply_size, PAGE_SIZE - 1);
}

static const struct kernel_param_ops raw_reply_ops = {
	.set = raw_reply_set,
	.get = raw_reply_get,
};
module_param_cb(reply, &raw_reply_ops, NULL, 0644);
MODULE_PARM_DESC(reply, "bytes to send for each request");

struct raw_conn {
	struct socket *sock;
	struct work_struct work;
	struct list_head node;
	struct rcu_head rcu;
	size_t pending; /* bytes of a request that is not complete, or with scan ends of requests */
	size_t left;	/* content that is still to be sent */
	u8 last[2];	/* with scan: the bytes before those that come */
	bool broken;
	bool detached;
};

/* As khttpd does: connections share a CPU's pages; a page whose bytes are gone is used again. */
struct raw_frags {
	struct page_frag now, spare;
};
static DEFINE_PER_CPU(struct raw_frags, raw_frags);

static struct page *raw_pages;
static struct workqueue_struct *raw_queue;
static struct socket *raw_listener;
static void raw_accept(struct work_struct *work);
static DECLARE_WORK(raw_accept_work, raw_accept);
static LIST_HEAD(raw_conns);
static DEFINE_SPINLOCK(raw_lock); /* raw_conns */
static atomic_t raw_active = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(raw_idle);
static bool raw_stop;
static void (*raw_data_ready_default)(struct sock *sk);
static void (*raw_state_change_default)(struct sock *sk);
static void (*raw_write_space_default)(struct sock *sk);

static bool raw_ends_at(const struct raw_conn *c, const u8 *p, size_t i)
{
	u8 before = i >= 1 ? p[i - 1] : c->last[1];
	u8 before_that = i >= 2 ? p[i - 2] : c->last[i];

	return p[i] == '\n' && before == '\r' && before_that == '\n';
}

/* Counts empty lines, a word at a time where there is no end of a line. */
static size_t raw_count_ends(struct raw_conn *c, const u8 *p, size_t size)
{
	const u64 ones = 0x0101010101010101ull;
	size_t i = 0, found = 0;

	while (i < size) {
		u64 word;

		if (size - i >= 8) {
			word = get_unaligned((const u64 *)(p + i)) ^ (ones * '\n');
			word = (word - ones) & ~word & (ones << 7);
			if (!word) {
				i += 8;
				continue;
			}
			i += __ffs64(word) / 8;
		}
		found += raw_ends_at(c, p, i);
		i++;
	}
	if (size >= 2)
		c->last[0] = p[size - 2];
	else
		c->last[0] = c->last[1];
	c->last[1] = p[size - 1];
	return found;
}

static int raw_take_bytes(read_descriptor_t *desc, struct sk_buff *skb, unsigned int offset,
			  size_t len)
{
	struct raw_conn *c = desc->arg.data;
	struct skb_seq_state state;
	unsigned int done = 0, size;
	const u8 *data;

	if (!scan) {
		c->pending += len;
		return len;
	}
	skb_prepare_seq_read(skb, offset, offset + len, &state);
	while (done < len && (size = skb_seq_read(done, &data, &state))) {
		c->pending += raw_count_ends(c, data, size);
		done += size;
	}
	skb_abort_seq_read(&state);
	return len;
}

/* How many requests are complete, of which none is left after this. */
static size_t raw_requests(struct raw_conn *c)
{
	uint unit = scan ? 1 : READ_ONCE(request_size);
	size_t n = unit ? c->pending / unit : 1;

	c->pending = unit ? c->pending % unit : 0;
	return n;
}

static void raw_send(struct raw_conn *c, size_t replies)
{
	struct kvec vec[RAW_REPLIES];
	/* The FIN that follows goes out with the reply. */
	struct msghdr msg = {.msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL |
					  (close_after || READ_ONCE(content) ? MSG_MORE : 0)};
	size_t size = replies * reply_size, i;
	struct sock *sk = c->sock->sk;
	struct raw_frags *f;

	for (i = 0; i < replies; i++) {
		vec[i].iov_base = reply_text;
		vec[i].iov_len = reply_size;
	}
	iov_iter_kvec(&msg.msg_iter, ITER_SOURCE, vec, replies, size);
	/* The clients of a benchmark read what they asked for: a short send is not gone on with. */
	local_bh_disable();
	f = this_cpu_ptr(&raw_frags);
	if (f->now.page && f->now.size - f->now.offset < size)
		swap(f->now, f->spare);
	swap(sk->sk_frag, f->now);
	if (tcp_sendmsg_locked(sk, &msg, size) != (int)size)
		c->broken = true;
	swap(sk->sk_frag, f->now);
	local_bh_enable();
}

/* Content, as far as TCP takes it; raw_write_space() has it gone on with. */
static void raw_push(struct raw_conn *c)
{
	while (c->left && !c->broken) {
		size_t offset = (READ_ONCE(content) - c->left) % RAW_PERIOD;
		size_t size = min_t(size_t, c->left, RAW_PERIOD - offset);
		int flags = MSG_DONTWAIT | MSG_NOSIGNAL | (size < c->left ? MSG_MORE : 0);
		int sent = kh_compat_send_page(c->sock->sk, raw_pages, offset, size, flags);

		if (sent == -EAGAIN)
			return;
		if (sent <= 0)
			c->broken = true;
		else
			c->left -= sent;
	}
}

/* The socket's lock is held, as a spinlock or owned. */
static void raw_answer(struct raw_conn *c)
{
	struct sock *sk = c->sock->sk;
	read_descriptor_t desc = {.count = 1, .arg.data = c};
	size_t replies;

	raw_push(c);
	if (c->left || tcp_read_sock(sk, &desc, raw_take_bytes) <= 0 || c->broken)
		return;
	replies = raw_requests(c);
	while (replies && !c->broken) {
		size_t n = min_t(size_t, replies, RAW_REPLIES);

		raw_send(c, n);
		replies -= n;
		c->left = READ_ONCE(content);
		raw_push(c);
		if (close_after) {
			WRITE_ONCE(sk->sk_shutdown, sk->sk_shutdown | SEND_SHUTDOWN);
			sk->sk_prot->shutdown(sk, SEND_SHUTDOWN);
			break;
		}
	}
}

static void raw_data_ready(struct sock *sk)
{
	struct raw_conn *c;

	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c && in_place && !sock_owned_by_user_nocheck(sk)) {
		raw_answer(c);
		if (c->broken)
			queue_work_on(raw_smp_processor_id(), raw_queue, &c->work);
	} else if (c) {
		queue_work_on(raw_smp_processor_id(), raw_queue, &c->work);
	}
	rcu_read_unlock();
}

static void raw_state_change(struct sock *sk)
{
	struct raw_conn *c;

	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c && sk->sk_state != TCP_FIN_WAIT1 && sk->sk_state != TCP_FIN_WAIT2)
		queue_work_on(raw_smp_processor_id(), raw_queue, &c->work);
	rcu_read_unlock();
}

static void raw_write_space(struct sock *sk)
{
	struct raw_conn *c;

	rcu_read_lock();
	c = rcu_dereference_sk_user_data(sk);
	if (c && c->left && sk_stream_is_writeable(sk)) {
		clear_bit(SOCK_NOSPACE, &sk->sk_socket->flags);
		queue_work_on(raw_smp_processor_id(), raw_queue, &c->work);
	}
	rcu_read_unlock();
}

static void raw_set_callbacks(struct sock *sk, struct raw_conn *c)
{
	write_lock_bh(&sk->sk_callback_lock);
	sk->sk_data_ready = c ? raw_data_ready : raw_data_ready_default;
	sk->sk_state_change = c ? raw_state_change : raw_state_change_default;
	sk->sk_write_space = c ? raw_write_space : raw_write_space_default;
	rcu_assign_sk_user_data(sk, c);
	write_unlock_bh(&sk->sk_callback_lock);
}

static void raw_work(struct work_struct *work)
{
	struct raw_conn *c = container_of(work, struct raw_conn, work);
	struct sock *sk = c->sock->sk;

	if (!c->detached) {
		lock_sock(sk);
		raw_answer(c);
		if (c->broken || READ_ONCE(raw_stop) || sk->sk_state == TCP_CLOSE ||
		    (sk->sk_shutdown & RCV_SHUTDOWN)) {
			raw_set_callbacks(sk, NULL);
			c->detached = true;
		}
		release_sock(sk);
		if (!c->detached)
			return;
		spin_lock(&raw_lock);
		list_del(&c->node);
		spin_unlock(&raw_lock);
	}
	/* A callback may have queued the item before it was detached: that run is then the last. */
	if (work_pending(work))
		return;
	sock_release(c->sock);
	kfree_rcu(c, rcu);
	if (atomic_dec_and_test(&raw_active))
		wake_up_all(&raw_idle);
}

static void raw_take(struct socket *sock)
{
	struct raw_conn *c = kzalloc(sizeof(*c), GFP_KERNEL);

	if (!c) {
		sock_release(sock);
		return;
	}
	c->sock = sock;
	INIT_WORK(&c->work, raw_work);
	atomic_inc(&raw_active);
	spin_lock(&raw_lock);
	list_add(&c->node, &raw_conns);
	spin_unlock(&raw_lock);
	lock_sock(sock->sk);
	sock->sk->sk_allocation = GFP_ATOMIC;
	kh_compat_no_task_frag(sock->sk);
	inet_csk_enter_pingpong_mode(sock->sk);
	raw_set_callbacks(sock->sk, c);
	/* Data, or the end, may have come before the callbacks were there. */
	raw_answer(c);
	if (c->broken || (sock->sk->sk_shutdown & RCV_SHUTDOWN))
		queue_work_on(raw_smp_processor_id(), raw_queue, &c->work);
	release_sock(sock->sk);
}

static void raw_accept(struct work_struct *work)
{
	struct socket *sock;

	while (!READ_ONCE(raw_stop) && !kernel_accept(raw_listener, &sock, O_NONBLOCK))
		raw_take(sock);
}

static void raw_listener_ready(struct sock *sk)
{
	if (sk->sk_state == TCP_LISTEN)
		queue_work_on(raw_smp_processor_id(), raw_queue, &raw_accept_work);
}

static int raw_listen(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sock *sk;
	int err = sock_create_kern(&init_net, AF_INET, SOCK_STREAM, IPPROTO_TCP, &raw_listener);

	if (err)
		return err;
	sk = raw_listener->sk;
	sock_set_reuseaddr(sk);
	tcp_sock_set_nodelay(sk);
	err = kh_compat_bind(raw_listener, &address, sizeof(address));
	if (!err) {
		lock_sock(sk);
		raw_data_ready_default = sk->sk_data_ready;
		raw_state_change_default = sk->sk_state_change;
		raw_write_space_default = sk->sk_write_space;
		sk->sk_data_ready = raw_listener_ready;
		release_sock(sk);
		err = kernel_listen(raw_listener, 16384);
	}
	if (err)
		sock_release(raw_listener);
	return err;
}

static int __init raw_init(void)
{
	int err = -ENOMEM;
	size_t i;

	reply_size = strlen(reply_text);
	raw_pages = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(RAW_PERIOD));
	if (!raw_pages)
		return err;
	for (i = 0; i < RAW_PERIOD; i += RAW_PAGES)
		memcpy((u8 *)page_address(raw_pages) + i, RAW_LINE, RAW_PAGES);
	raw_queue = alloc_workqueue("khbench_raw", KH_WQ_PERCPU, 0);
	if (!raw_queue)
		goto free;
	err = raw_listen();
	if (!err)
		return 0;
	pr_err("cannot listen on port %u: %d\n", port, err);
	destroy_workqueue(raw_queue);
free:
	put_page(raw_pages);
	return err;
}

static void __exit raw_exit(void)
{
	struct raw_conn *c;
	int cpu;

	lock_sock(raw_listener->sk);
	raw_listener->sk->sk_data_ready = raw_data_ready_default;
	release_sock(raw_listener->sk);
	synchronize_rcu();
	WRITE_ONCE(raw_stop, true);
	cancel_work_sync(&raw_accept_work);
	sock_release(raw_listener);
	spin_lock(&raw_lock);
	list_for_each_entry(c, &raw_conns, node)
		queue_work(raw_queue, &c->work);
	spin_unlock(&raw_lock);
	wait_event(raw_idle, !atomic_read(&raw_active));
	destroy_workqueue(raw_queue);
	put_page(raw_pages);
	rcu_barrier();
	for_each_possible_cpu(cpu) {
		struct raw_frags *f = per_cpu_ptr(&raw_frags, cpu);

		if (f->now.page)
			put_page(f->now.page);
		if (f->spare.page)
			put_page(f->spare.page);
	}
}

module_init(raw_init);
module_exit(raw_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Fixed replies over TCP, the floor of khttpd's benchmark");
