// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * /proc/net/khttpd/log: whoever reads takes records away and gets a line of text for each. A read
 * never waits: it returns 0 when everything is read that was there at the first read, and the read
 * after that begins anew. So `cat` ends however busy the server is, nobody has to be woken in a
 * run, and unload waits for no reader. Each record goes to one reader. Process context.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/ipv6.h>
#include "kapi/observe/access_log.h"

#define KH_LOG_READ_BYTES (64 << 10) /* in one call, so that unload need not wait for long */
#define KH_LOG_HOST_BYTES 48

/* An open file. It owns the line in hand, of which a short read leaves the rest. */
struct kh_log_reader {
	struct kh_netns *ns;
	struct mutex lock; /* what follows */
	bool pass;	   /* a pass is under way, over records not younger than until_ns */
	u64 until_ns;	   /* monotonic */
	u32 offset, size;  /* of line: what is not yet given out */
	u8 record[KH_LOG_RECORD_BYTES] __aligned(8);
	char line[KH_LOG_LINE_BYTES];
};

static void kh_log_print_host(const u8 *address, char *out)
{
	struct in6_addr host;

	memcpy(&host, address, sizeof(host));
	if (ipv6_addr_v4mapped(&host))
		snprintf(out, KH_LOG_HOST_BYTES, "%pI4", &host.s6_addr32[3]);
	else
		snprintf(out, KH_LOG_HOST_BYTES, "%pI6c", &host);
}

static bool kh_log_next_line(struct kh_log_reader *r)
{
	const struct kh_log_record *record = (const struct kh_log_record *)r->record;
	struct kh_net *kn = kh_netns_get_server(r->ns);
	bool taken = kn && kh_log_take(kn, r->until_ns, r->record);
	char host[KH_LOG_HOST_BYTES];

	kh_net_put(kn);
	if (!taken)
		return false;
	kh_log_print_host(record->address, host);
	r->offset = 0;
	r->size = khttpd_log_line(record, host, r->line, sizeof(r->line));
	return true;
}

static ssize_t kh_log_read(struct file *file, char __user *out, size_t size, loff_t *unused)
{
	struct kh_log_reader *r = file->private_data;
	size_t done = 0, wanted = min_t(size_t, size, KH_LOG_READ_BYTES);
	bool fault = false;

	if (mutex_lock_interruptible(&r->lock))
		return -ERESTARTSYS;
	if (!r->pass)
		r->until_ns = ktime_get_ns();
	r->pass = true;
	while (done < wanted && !fault) {
		size_t part, left;

		if (r->offset == r->size && !kh_log_next_line(r))
			break;
		part = min_t(size_t, wanted - done, r->size - r->offset);
		left = copy_to_user(out + done, r->line + r->offset, part);
		fault = left != 0;
		r->offset += part - left;
		done += part - left;
		cond_resched();
	}
	if (!done && !fault)
		r->pass = false;
	mutex_unlock(&r->lock);
	return !done && fault ? -EFAULT : (ssize_t)done;
}

static int kh_log_open(struct inode *inode, struct file *file)
{
	struct kh_netns *ns = pde_data(inode);
	struct kh_log_reader *r;

	/* That of the first is for root by its mode. */
	if (!net_eq(ns->net, &init_net) && !file_ns_capable(file, ns->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (!kh_netns_hold(ns))
		return -ENXIO;
	r = kvzalloc(sizeof(*r), GFP_KERNEL_ACCOUNT);
	if (!r) {
		kh_netns_release(ns);
		return -ENOMEM;
	}
	r->ns = ns;
	mutex_init(&r->lock);
	file->private_data = r;
	return stream_open(inode, file);
}

static int kh_log_release(struct inode *inode, struct file *file)
{
	struct kh_log_reader *r = file->private_data;

	kh_netns_release(r->ns);
	kvfree(r);
	return 0;
}

const struct proc_ops kh_log_file_ops = {
	.proc_open = kh_log_open,
	.proc_read = kh_log_read,
	.proc_release = kh_log_release,
};
