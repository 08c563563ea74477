// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Listening sockets: for each address one a CPU in an SO_REUSEPORT group, so that CPUs do not share
 * an accept queue. A listener is owned by its server's list, under the namespace's control; it
 * accepts at its turn in the thread of a CPU.
 */
#include <linux/delay.h>
#include <linux/inet.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/wait.h>
#include <net/net_namespace.h>
#include <net/tcp.h>
#include "kapi/net/conn.h"
#include "kapi/net/conn_callbacks.h"
#include "kapi/net/listener.h"
#include "kapi/net/work.h"

#define KH_ACCEPT_BUDGET 16
/* Of the first network namespace's server, and of another's. */
#define KH_LISTENERS_PER_ADDRESS 64
#define KH_LISTENERS_PER_ADDRESS_OTHERS 4
#define KH_HANDSHAKE_GRACE (3 * HZ / 2) /* for handshakes under way when a listener goes */

/* The network device that an address is bound to: by its index, which no later one has. */
struct kh_device {
	int index; /* 0: every device */
	char name[IFNAMSIZ];
};

struct kh_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
		struct sockaddr_storage storage;
	};
	int size;
	struct kh_device device;
};

struct kh_listener {
	struct list_head node;
	struct kh_net *kn;
	struct socket *sock;
	wait_queue_entry_t waiter;
	struct kh_turn accept;
	struct kh_address address;
	bool wanted; /* by the configuration that is being applied */
};

/* 0 when `budget` connections are accepted, or what ended it: -EAGAIN when there are no more. */
static int kh_listener_accept(struct kh_listener *l, int budget)
{
	struct socket *sock;

	while (budget--) {
		int err = kernel_accept(l->sock, &sock, O_NONBLOCK);

		if (!err)
			kh_conn_accept(l->kn, sock);
		else if (err != -ECONNABORTED)
			return err;
	}
	return 0;
}

static void kh_listener_turn(struct kh_turn *turn)
{
	struct kh_listener *l = container_of(turn, struct kh_listener, accept);
	int err = kh_listener_accept(l, KH_ACCEPT_BUDGET);

	if (!err)
		kh_turn_queue(turn);
	else if (err != -EAGAIN && err != -EINVAL) /* out of memory: when there may be some again */
		kh_turn_queue_later(turn, HZ / 10);
}

/*
 * TCP wakes who waits at the listener when a handshake completes: softirq, with the wait queue's
 * lock and the child's. The listener's own callbacks stay the kernel's, as children have a copy of
 * them until they are accepted, and with net.ipv4.tcp_migrate_req one that is not when its listener
 * goes is given to another server's, which would keep ours beyond unload.
 */
static int kh_listener_wake(wait_queue_entry_t *waiter, unsigned int mode, int flags, void *key)
{
	kh_turn_queue(&container_of(waiter, struct kh_listener, waiter)->accept);
	return 0;
}

static void kh_sock_set_option(struct socket *sock, int level, int name, int value)
{
	sock_common_setsockopt(sock, level, name, KERNEL_SOCKPTR(&value), sizeof(value));
}

static void kh_listener_detach(struct kh_listener *l)
{
	struct sock *sk = l->sock->sk;

	/*
	 * A client that is connected but has sent nothing yet is a request to us still. Without the
	 * option it is so until it answers our next SYN-ACK, which is due after a second.
	 */
	kh_sock_set_option(l->sock, SOL_TCP, TCP_DEFER_ACCEPT, 0);
	lock_sock(sk);
	/* A new SYN is refused from here on; a handshake under way finds us by its request. */
	sk->sk_prot->unhash(sk);
	release_sock(sk);
	/* Takes the lock that kh_listener_wake() runs under, so that none is under way any more. */
	remove_wait_queue(sk_sleep(sk), &l->waiter);
}

/* Takes the listener out of service; it is freed with the others on `gone`. */
static void kh_listener_retire(struct kh_listener *l, struct list_head *gone)
{
	list_move_tail(&l->node, gone);
	WRITE_ONCE(l->kn->listener_count, l->kn->listener_count - 1);
	kh_listener_detach(l);
}

/* Clients whose handshake is over, or under way, count on an answer. A flood has no end. */
static void kh_listeners_drain(struct list_head *gone)
{
	unsigned long end = jiffies + KH_HANDSHAKE_GRACE;
	struct kh_listener *l;

	list_for_each_entry(l, gone, node)
		while (inet_csk_reqsk_queue_len(l->sock->sk) && time_before(jiffies, end))
			msleep(10);
	/* A request leaves its count before its child is in the accept queue: one softirq. */
	synchronize_rcu();
	list_for_each_entry(l, gone, node)
		kh_listener_accept(l, INT_MAX);
}

/* With `drain` what was not accepted yet is; without, the server stops, and it is reset. */
static void kh_listeners_free(struct list_head *gone, bool drain)
{
	struct kh_listener *l, *next;

	if (list_empty(gone))
		return;
	/* All first, as whoever waits for one takes the turns of others. */
	list_for_each_entry(l, gone, node)
		kh_turn_refuse(&l->accept);
	list_for_each_entry(l, gone, node)
		kh_turn_stop(&l->accept);
	if (drain)
		kh_listeners_drain(gone);
	list_for_each_entry_safe(l, next, gone, node) {
		sock_release(l->sock);
		kfree(l);
	}
}

/* A socket bound to the address, as it is shared by the listeners and the probe. */
static int kh_address_bind(struct kh_net *kn, const struct kh_address *address, bool reuseport,
			   struct socket **sock)
{
	int family = address->any.sa_family;
	int err = sock_create_kern(kn->net, family, SOCK_STREAM, IPPROTO_TCP, sock);

	if (err)
		return err;
	sock_set_reuseaddr((*sock)->sk);
	if (reuseport)
		sock_set_reuseport((*sock)->sk);
	if (address->device.index)
		err = sock_bindtoindex((*sock)->sk, address->device.index, true);
	/* An address that is not there yet must not keep the server from starting. */
	if (family == AF_INET6) {
		kh_sock_set_option(*sock, SOL_IPV6, IPV6_V6ONLY, 1);
		kh_sock_set_option(*sock, SOL_IPV6, IPV6_FREEBIND, 1);
	} else {
		kh_sock_set_option(*sock, SOL_IP, IP_FREEBIND, 1);
	}
	if (!err)
		err = kh_compat_bind(*sock, (void *)&address->any, address->size);
	if (err)
		sock_release(*sock);
	return err;
}

static void kh_listener_options(struct socket *sock, const struct kh_settings *settings, int cpu)
{
	struct sock *sk = sock->sk;

	/* Replies are complete when sent: never wait for an acknowledgement to send the rest. */
	tcp_sock_set_nodelay(sk);
	kh_sock_set_option(sock, SOL_TCP, TCP_DEFER_ACCEPT, settings->defer_accept);
	WRITE_ONCE(sk->sk_incoming_cpu, cpu);
}

static int kh_listener_open(struct kh_net *kn, const struct kh_address *address,
			    const struct kh_settings *settings, int cpu)
{
	struct kh_listener *l = kzalloc(sizeof(*l), GFP_KERNEL_ACCOUNT);
	int err;

	if (!l)
		return -ENOMEM;
	l->kn = kn;
	l->address = *address;
	l->wanted = true;
	kh_turn_init(&l->accept, kh_listener_turn);
	err = kh_address_bind(kn, address, true, &l->sock);
	if (err) {
		kfree(l);
		return err;
	}
	kh_listener_options(l->sock, settings, cpu);
	kh_conn_save_defaults(l->sock->sk);
	init_waitqueue_func_entry(&l->waiter, kh_listener_wake);
	add_wait_queue(sk_sleep(l->sock->sk), &l->waiter);
	list_add_tail(&l->node, &kn->listeners);
	WRITE_ONCE(kn->listener_count, kn->listener_count + 1);
	return kernel_listen(l->sock, settings->backlog);
}

/*
 * Ours share the port among themselves by SO_REUSEPORT, and would join a group of another server
 * that allows it: a first bind without the option tells whether the port is taken.
 */
static int kh_address_probe(struct kh_net *kn, const struct kh_address *address)
{
	struct socket *sock;
	int err = kh_address_bind(kn, address, false, &sock);

	if (!err)
		sock_release(sock);
	return err;
}

static bool kh_listeners_want_address(struct kh_net *kn, const struct kh_address *address)
{
	struct kh_listener *l;
	bool found = false;

	list_for_each_entry(l, &kn->listeners, node) {
		if (l->address.size == address->size &&
		    l->address.device.index == address->device.index &&
		    !memcmp(&l->address.storage, &address->storage, address->size)) {
			l->wanted = true;
			found = true;
		}
	}
	return found;
}

/* As TCP sees it when it looks for conflicts: sockets of two devices never meet. */
static bool kh_devices_meet(const struct kh_device *a, const struct kh_device *b)
{
	return !a->index || !b->index || a->index == b->index;
}

/* True when a listener of ours holds the port, so that a probe would find ourselves. */
static bool kh_listeners_have_port(struct kh_net *kn, const struct kh_address *address)
{
	struct kh_listener *l;

	list_for_each_entry(l, &kn->listeners, node)
		if (l->address.any.sa_family == address->any.sa_family &&
		    l->address.v4.sin_port == address->v4.sin_port &&
		    kh_devices_meet(&l->address.device, &address->device))
			return true;
	return false;
}

static int kh_listeners_open_address(struct kh_net *kn, const struct kh_address *address,
				     const struct kh_settings *settings)
{
	const int most = kn->first ? KH_LISTENERS_PER_ADDRESS : KH_LISTENERS_PER_ADDRESS_OTHERS;
	int count = 0, cpu, err;

	if (kh_listeners_want_address(kn, address))
		return 0;
	err = kh_listeners_have_port(kn, address) ? 0 : kh_address_probe(kn, address);
	for_each_online_cpu(cpu) {
		if (!err && count++ < most)
			err = kh_listener_open(kn, address, settings, cpu);
	}
	if (err)
		kh_complain(kn, 0, "cannot listen on %pISc%s%s port %u: %s", &address->any,
			    address->device.index ? "%" : "", address->device.name, settings->port,
			    err == -EADDRINUSE	  ? "address in use" :
			    err == -EADDRNOTAVAIL ? "no such address here" :
			    err == -ENODEV	  ? "the network device has gone" :
			    err == -EACCES	  ? "permission denied" :
			    err == -ENOMEM	  ? "out of memory" :
						    "the network refused");
	return err;
}

static void kh_address_any(struct kh_address *address, int family, u16 port,
			   const struct kh_device *device)
{
	memset(address, 0, sizeof(*address));
	address->device = *device;
	address->any.sa_family = family;
	address->v4.sin_port = htons(port); /* at the same place in sockaddr_in6 */
	address->size = family == AF_INET ? sizeof(address->v4) : sizeof(address->v6);
}

static bool kh_address_parse(struct kh_address *address, const char *text, size_t size, u16 port,
			     const struct kh_device *device)
{
	const char *end;

	kh_address_any(address, AF_INET, port, device);
	if (in4_pton(text, size, (u8 *)&address->v4.sin_addr, -1, &end))
		return end == text + size;
	kh_address_any(address, AF_INET6, port, device);
	return in6_pton(text, size, (u8 *)&address->v6.sin6_addr, -1, &end) && end == text + size;
}

static bool kh_net_has_ipv6(struct kh_net *kn)
{
	struct socket *sock;

	if (sock_create_kern(kn->net, AF_INET6, SOCK_STREAM, IPPROTO_TCP, &sock))
		return false;
	sock_release(sock);
	return true;
}

static int kh_listeners_open_any(struct kh_net *kn, const struct kh_settings *settings,
				 const struct kh_device *device)
{
	struct kh_address address;
	int err;

	kh_address_any(&address, AF_INET, settings->port, device);
	err = kh_listeners_open_address(kn, &address, settings);
	if (err || !kh_net_has_ipv6(kn))
		return err;
	kh_address_any(&address, AF_INET6, settings->port, device);
	return kh_listeners_open_address(kn, &address, settings);
}

/* The device of that name in the server's namespace, as it is at this moment. */
static int kh_device_find(struct kh_net *kn, const struct kh_settings *settings,
			  struct kh_device *device, const char *name, size_t size)
{
	const struct net_device *found = NULL;

	if (size < sizeof(device->name)) {
		memcpy(device->name, name, size);
		rcu_read_lock();
		found = dev_get_by_name_rcu(kn->net, device->name);
		device->index = found ? found->ifindex : 0;
		rcu_read_unlock();
	}
	if (found)
		return 0;
	kh_complain(kn, settings->bind_line, "bind: there is no network device %.*s", (int)size,
		    name);
	return -ENODEV;
}

/* One element of bind=: ADDRESS, *, or either with %DEVICE behind it. */
static int kh_listeners_open_named(struct kh_net *kn, const struct kh_settings *settings,
				   const char *text, size_t size)
{
	const size_t length = min(strcspn(text, "%"), size);
	struct kh_device device = {};
	struct kh_address address;
	int err = 0;

	if (length < size)
		err = kh_device_find(kn, settings, &device, text + length + 1, size - length - 1);
	if (err)
		return err;
	if (length == 1 && *text == '*')
		return kh_listeners_open_any(kn, settings, &device);
	if (kh_address_parse(&address, text, length, settings->port, &device))
		return kh_listeners_open_address(kn, &address, settings);
	kh_complain(kn, settings->bind_line, "bind: %.*s is no address", (int)size, text);
	return -EINVAL;
}

/* The addresses of bind=, between commas and spaces; check_listening() has found them good. */
static int kh_listeners_open_all(struct kh_net *kn, const struct kh_settings *settings)
{
	const char *p = settings->bind.data;
	int err = 0;

	while (!err && *p) {
		const size_t size = strcspn(p, ", \t");

		if (size)
			err = kh_listeners_open_named(kn, settings, p, size);
		p += size;
		p += strspn(p, ", \t");
	}
	return err;
}

/* What may change while a listener listens. */
static void kh_listener_adjust(struct kh_listener *l, const struct kh_settings *settings)
{
	kh_sock_set_option(l->sock, SOL_TCP, TCP_DEFER_ACCEPT, settings->defer_accept);
	kernel_listen(l->sock, settings->backlog);
}

/* A refused change leaves what was there: listeners opened by it go, the others stay. */
int kh_listeners_update(struct kh_net *kn, const struct kh_settings *settings)
{
	struct kh_listener *l, *next, *last_old;
	LIST_HEAD(gone);
	int err;

	lockdep_assert_held(kn->control);
	last_old = list_empty(&kn->listeners) ?
			   NULL :
			   list_last_entry(&kn->listeners, struct kh_listener, node);
	list_for_each_entry(l, &kn->listeners, node)
		l->wanted = false;
	err = kh_listeners_open_all(kn, settings);
	if (!err) {
		list_for_each_entry_safe(l, next, &kn->listeners, node) {
			if (l->wanted)
				kh_listener_adjust(l, settings);
			else
				kh_listener_retire(l, &gone);
		}
	} else {
		l = last_old ? list_next_entry(last_old, node) :
			       list_first_entry(&kn->listeners, struct kh_listener, node);
		list_for_each_entry_safe_from(l, next, &kn->listeners, node)
			kh_listener_retire(l, &gone);
	}
	kh_listeners_free(&gone, true);
	return err;
}

void kh_listeners_stop(struct kh_net *kn)
{
	struct kh_listener *l, *next;
	LIST_HEAD(gone);

	list_for_each_entry_safe(l, next, &kn->listeners, node)
		kh_listener_retire(l, &gone);
	kh_listeners_free(&gone, false);
}
