/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The kernel's differences, behind one spelling each: the newest kernel's where it can be had on
 * older ones, else a kh_compat_* function. config.h is made by the build (probe.sh, probes.def).
 */
#pragma once

#include <linux/bvec.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/fsverity.h>
#include <linux/ima.h>
#include <linux/local_lock.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/net.h>
#include <linux/path.h>
#include <linux/proc_fs.h>
#include <linux/ring_buffer.h>
#include <linux/security.h>
#include <linux/socket.h>
#include <linux/splice.h>
#include <linux/timer.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include "compat/config.h"
#include "compat/private.h"

#if KH_HAVE_TRACE_SK_DATA_READY
/* In the file that makes our own tracepoints this would make the kernel's once more. */
#ifndef CREATE_TRACE_POINTS
#include <trace/events/sock.h>
#endif
#else
static inline void trace_sk_data_ready(const struct sock *sk)
{
}
#endif

/* Before 6.2 a timer could not be shut for good; our callers never re-arm a stopped one. */
#if !KH_HAVE_TIMER_SHUTDOWN_SYNC
#define timer_shutdown_sync(timer) del_timer_sync(timer)
#endif

/* Newer kernels want it said that a queue is per CPU; older ones have no other bound queue. */
#if KH_HAVE_WQ_PERCPU
#define KH_WQ_PERCPU WQ_PERCPU
#else
#define KH_WQ_PERCPU 0
#endif

/*
 * From 6.11 on, for what belongs to a CPU and is used with bottom halves off: a lock with
 * PREEMPT_RT, where others may run all the same, and a word to lockdep elsewhere.
 */
#if !KH_HAVE_LOCAL_LOCK_NESTED_BH
#if defined(CONFIG_PREEMPT_RT) || defined(CONFIG_DEBUG_LOCK_ALLOC)
#define local_lock_nested_bh(lock) local_lock(lock)
#define local_unlock_nested_bh(lock) local_unlock(lock)
#else
#define local_lock_nested_bh(lock) ((void)(lock))
#define local_unlock_nested_bh(lock) ((void)(lock))
#endif
#endif

#if !KH_HAVE_PDE_DATA
#define pde_data(inode) PDE_DATA(inode)
#endif

#if !KH_HAVE_ITER_SOURCE
#define ITER_SOURCE WRITE
#endif

#if KH_HAVE_SOCKADDR_UNSIZED
typedef struct sockaddr_unsized kh_sockaddr;
#else
typedef struct sockaddr kh_sockaddr;
#endif

static inline int kh_compat_bind(struct socket *sock, void *address, int size)
{
	return kernel_bind(sock, (kh_sockaddr *)address, size);
}

/*
 * Kernel sockets hold no reference on their network namespace, and TCP kills the timers of such
 * sockets at close, so that a lost FIN is never sent again: make it as user space's sockets are.
 * The caller holds the namespace (maybe_get_net) or knows that it lives.
 */
static inline void kh_compat_hold_net(struct sock *sk)
{
#if KH_HAVE_SK_NET_REFCNT_UPGRADE
	sk_net_refcnt_upgrade(sk);
#else
#if KH_HAVE_NETNS_TRACKER_FREE_WEAK
	/* From 6.2 on a kernel socket is tracked as one that holds no reference. */
	__netns_tracker_free(sock_net(sk), &sk->ns_tracker, false);
#endif
	sk->sk_net_refcnt = 1;
#if KH_HAVE_GET_NET_TRACK
	get_net_track(sock_net(sk), &sk->ns_tracker, GFP_KERNEL);
#else
	get_net(sock_net(sk));
#endif
#if KH_HAVE_SOCK_INUSE_ADD
	sock_inuse_add(sock_net(sk), 1);
#elif defined(CONFIG_PROC_FS)
	/* What sock_inuse_add was before 5.17, where it is private to net/core. */
	this_cpu_add(*sock_net(sk)->core.sock_inuse, 1);
#endif
#endif
}

/* The interrupted task's page fragment is not ours to write to in the receive path. */
static inline void kh_compat_no_task_frag(struct sock *sk)
{
#if KH_HAVE_SK_USE_TASK_FRAG
	sk->sk_use_task_frag = false;
#endif
}

/* Before 6.3 the event that was reserved last had to be named once more. */
static inline void kh_compat_ring_commit(struct trace_buffer *ring, struct ring_buffer_event *event)
{
#if KH_HAVE_RING_BUFFER_COMMIT_EVENT
	ring_buffer_unlock_commit(ring, event);
#else
	ring_buffer_unlock_commit(ring);
#endif
}

/* An open file's digest by fs-verity, and its size; 0 where 6.1 and 5.10 do not tell modules. */
#define KH_COMPAT_VERITY_DIGEST 64 /* bytes of the largest: SHA-512 */

static inline int kh_compat_verity_digest(struct inode *inode, u8 digest[KH_COMPAT_VERITY_DIGEST])
{
#if KH_HAVE_FSVERITY_GET_DIGEST
	enum hash_algo hash;
	u8 algorithm;

	return fsverity_get_digest(inode, digest, &algorithm, &hash);
#else
	return 0;
#endif
}

/* What a directory's actor returns: whether it wants more from 6.1 on, an errno or 0 before. */
#if KH_HAVE_FILLDIR_BOOL
typedef bool kh_filldir_result;
#define KH_FILLDIR_NEXT true
#define KH_FILLDIR_STOP false
#else
typedef int kh_filldir_result;
#define KH_FILLDIR_NEXT 0
#define KH_FILLDIR_STOP (-EINTR)
#endif

/* prepare_kernel_cred(NULL) stood for init's credentials until 6.2 made it an error. */
#define kh_compat_init_task (&init_task)

/* revert_creds() gives the reference back from 6.14 on, where override_creds() takes none. */
static inline void kh_compat_revert_creds(const struct cred *saved)
{
#if KH_HAVE_OVERRIDE_CREDS_OWNED
	(void)revert_creds(saved);
#else
	revert_creds(saved);
#endif
}

static inline int kh_compat_inode_permission(const struct path *path, int mask)
{
	struct inode *inode = d_inode(path->dentry);

#if KH_HAVE_INODE_PERMISSION_IDMAP
	return inode_permission(mnt_idmap(path->mnt), inode, mask);
#elif KH_HAVE_INODE_PERMISSION_USERNS
	return inode_permission(mnt_user_ns(path->mnt), inode, mask);
#else
	return inode_permission(inode, mask);
#endif
}

/*
 * One name in a directory, which need not be locked, as the credentials of the task allow: no link
 * is followed and no mount entered. An error when there is no such name. May sleep.
 */
static inline struct dentry *kh_compat_lookup_one(struct vfsmount *mnt, struct dentry *dir,
						  const char *name, u32 size)
{
#if KH_HAVE_LOOKUP_ONE_QSTR
	struct qstr part = QSTR_INIT(name, size);

	return lookup_one_positive_unlocked(mnt_idmap(mnt), &part, dir);
#elif KH_HAVE_LOOKUP_ONE_IDMAP
	return lookup_one_positive_unlocked(mnt_idmap(mnt), name, dir, size);
#elif KH_HAVE_LOOKUP_ONE_USERNS
	return lookup_one_positive_unlocked(mnt_user_ns(mnt), name, dir, size);
#else
#if KH_HAVE_INODE_PERMISSION_USERNS
	/* It knows no mount: with one whose owners are others the kernel's own walk is right. */
	if (mnt_user_ns(mnt) != &init_user_ns)
		return ERR_PTR(-ESTALE);
#endif
	return lookup_positive_unlocked(name, dir, size);
#endif
}

/*
 * What open(2) asks when a file is open and dentry_open() leaves to its callers, as nfsd does it:
 * IMA alone until 6.9 made it one of the security modules that are asked. 0 or a negative errno.
 */
static inline int kh_compat_file_post_open(struct file *file, int mask)
{
#if KH_HAVE_SECURITY_FILE_POST_OPEN
	return security_file_post_open(file, mask);
#else
	return ima_file_check(file, mask);
#endif
}

/*
 * Whether security modules and fanotify let a part of a file be read, before it is spliced. From
 * 6.8 on splice_direct_to_actor() leaves this to its callers; until then it asks by itself. The
 * change that moved it is told by splice_file_range(), which came with it. 0 or a negative errno.
 */
static inline int kh_compat_verify_splice(struct file *file, const loff_t *pos, size_t size)
{
#if KH_HAVE_SPLICE_FILE_RANGE
	return rw_verify_area(READ, file, pos, size);
#else
	return 0;
#endif
}

/*
 * Gives TCP a part of a page by reference; the socket's lock is held. The page must not be a slab
 * page. Returns the bytes taken or a negative errno, as tcp_sendmsg_locked().
 */
static inline int kh_compat_send_page(struct sock *sk, struct page *page, int offset, size_t size,
				      int flags)
{
#if KH_HAVE_MSG_SPLICE_PAGES
	struct bio_vec vec = {.bv_page = page, .bv_len = size, .bv_offset = offset};
	struct msghdr msg = {.msg_flags = flags | MSG_SPLICE_PAGES};

	iov_iter_bvec(&msg.msg_iter, ITER_SOURCE, &vec, 1, size);
	return tcp_sendmsg_locked(sk, &msg, size);
#else
	return kernel_sendpage_locked(sk, page, offset, size, flags);
#endif
}
