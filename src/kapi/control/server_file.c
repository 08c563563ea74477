// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * /proc/net/khttpd/server: a configuration in the canonical form (config/text/config_text.h) is
 * written here. What is written to one open file is collected until its last line is `commit`; that
 * write puts the whole into force, or nothing of it, and returns what came of it. A shell writes in
 * pieces of any size, and a piece of a text is often a text; so a write that fails spoils whatever
 * is written to the file from then on. Reads of the same file give the mistakes, a line each. In
 * every network namespace but the first the server ends with the file that it began with, when the
 * last descriptor of that is closed. Process context; the file's own lock is outside the
 * namespace's control.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <net/net_namespace.h>
#include "kapi/control/server.h"
#include "kapi/control/server_file.h"

#define KH_TEXT_MOST (16 << 20)
#define KH_TEXT_LEAST 4096
#define KH_MISTAKES_BYTES 8192

/* An open file. */
struct kh_server_file {
	struct kh_netns *ns;
	struct mutex lock; /* what follows */
	char *text;	   /* `size` bytes, of room for `room` */
	size_t size, room;
	int failed;  /* a write has failed, so that a part of the text may be missing */
	size_t read; /* bytes of the mistakes that were given out */
	char mistakes[KH_MISTAKES_BYTES];
};

/*
 * Who may: whoever opened the file and whoever writes. The one alone would have what was opened
 * handed to somebody who may not, the other a privileged program's output sent here.
 */
static bool kh_server_file_may(const struct file *file, const struct kh_netns *ns)
{
	return file_ns_capable(file, ns->net->user_ns, CAP_NET_ADMIN) &&
	       ns_capable(ns->net->user_ns, CAP_NET_ADMIN);
}

/*
 * What the text names is looked up with the rights of whoever writes. So that nobody lends others
 * his, the writer has no more than whoever opened the file. It need not be the same process: a
 * shell opens, and what it runs writes.
 */
static bool kh_server_file_may_write(const struct file *file, const struct kh_netns *ns)
{
	const struct cred *writer = current_cred(), *opener = file->f_cred;

	return kh_server_file_may(file, ns) && writer->user_ns == opener->user_ns &&
	       uid_eq(writer->euid, opener->euid) &&
	       cap_issubset(writer->cap_effective, opener->cap_effective);
}

static int kh_server_file_open(struct inode *inode, struct file *file)
{
	struct kh_netns *ns = pde_data(inode);
	struct kh_server_file *f;

	if (!kh_server_file_may(file, ns))
		return -EPERM;
	if (!kh_netns_hold(ns))
		return -ENXIO;
	f = kvzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	if (!f) {
		kh_netns_release(ns);
		return -ENOMEM;
	}
	f->ns = ns;
	mutex_init(&f->lock);
	file->private_data = f;
	return stream_open(inode, file);
}

static int kh_server_file_release(struct inode *inode, struct file *file)
{
	struct kh_server_file *f = file->private_data;

	kh_server_end_lease(f->ns, f);
	kh_netns_release(f->ns);
	kvfree(f->text);
	kvfree(f);
	return 0;
}

static int kh_server_file_grow(struct kh_server_file *f, size_t size)
{
	size_t room = max_t(size_t, f->room, KH_TEXT_LEAST);
	char *text;

	while (room < size)
		room *= 2;
	if (room == f->room)
		return 0;
	text = kvmalloc(room, GFP_KERNEL_ACCOUNT);
	if (!text)
		return -ENOMEM;
	if (f->size)
		memcpy(text, f->text, f->size);
	kvfree(f->text);
	f->text = text;
	f->room = room;
	return 0;
}

/* The size of the text without its last line, if that is `commit`; else that of all and one. */
static size_t kh_server_file_end(const struct kh_server_file *f)
{
	static const char word[] = "commit\n";
	const size_t length = sizeof(word) - 1;
	const size_t before = f->size - length;

	if (f->size < length || memcmp(f->text + before, word, length) ||
	    (before && f->text[before - 1] != '\n'))
		return f->size + 1;
	return before;
}

static int kh_server_file_add(struct kh_server_file *f, const char __user *in, size_t size)
{
	int err;

	if (size > KH_TEXT_MOST - f->size)
		return -EFBIG;
	err = kh_server_file_grow(f, f->size + size);
	if (err)
		return err;
	if (copy_from_user(f->text + f->size, in, size))
		return -EFAULT;
	f->size += size;
	return 0;
}

static int kh_server_file_commit(struct kh_server_file *f, size_t size)
{
	int err;

	f->read = 0;
	f->mistakes[0] = '\0';
	err = kh_server_commit(f->ns, f, f->text, size, f->mistakes, sizeof(f->mistakes) - 1);
	if (f->mistakes[0])
		strcat(f->mistakes, "\n");
	kvfree(f->text);
	f->text = NULL;
	f->size = f->room = 0;
	return err;
}

static ssize_t kh_server_file_take(struct kh_server_file *f, const char __user *in, size_t size)
{
	size_t end;
	int err;

	if (!f->failed)
		f->failed = kh_server_file_add(f, in, size);
	if (f->failed)
		return f->failed;
	end = kh_server_file_end(f);
	err = end > f->size ? 0 : kh_server_file_commit(f, end);
	return err ? err : (ssize_t)size;
}

static ssize_t kh_server_file_write(struct file *file, const char __user *in, size_t size,
				    loff_t *unused)
{
	struct kh_server_file *f = file->private_data;
	ssize_t err;

	if (!kh_server_file_may_write(file, f->ns))
		return -EPERM;
	/* Whoever went on after an interruption would leave a hole in the text. */
	if (mutex_lock_killable(&f->lock))
		return -EINTR;
	err = kh_server_file_take(f, in, size);
	mutex_unlock(&f->lock);
	return err;
}

static ssize_t kh_server_file_read(struct file *file, char __user *out, size_t size, loff_t *unused)
{
	struct kh_server_file *f = file->private_data;
	size_t left;

	if (mutex_lock_interruptible(&f->lock))
		return -ERESTARTSYS;
	size = min(size, strlen(f->mistakes) - f->read);
	left = copy_to_user(out, f->mistakes + f->read, size);
	f->read += size - left;
	mutex_unlock(&f->lock);
	return size && left == size ? -EFAULT : (ssize_t)(size - left);
}

const struct proc_ops kh_server_file_ops = {
	.proc_open = kh_server_file_open,
	.proc_read = kh_server_file_read,
	.proc_write = kh_server_file_write,
	.proc_release = kh_server_file_release,
};
