// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Files below the document root, as an unprivileged user sees them. A path never leads out: the
 * lookup is scoped (as with openat2's RESOLVE_BENEATH) and follows no magic link. Only regular
 * files and directories are opened, so that no FIFO or device is touched. Process context.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/stat.h>
#include "kapi/fs/dir_memo.h"
#include "kapi/fs/file.h"
#include "kapi/fs/vouch.h"

#define KH_NOBODY 65534

/*
 * A ".." below the root (here it comes from a symbolic link) is refused with -EAGAIN when anything
 * anywhere was renamed or mounted since the lookup began, as it might then lead out: user space is
 * told to try again. Whoever renames without a pause must not keep us at it for ever.
 */
#define KH_LOOKUP_TRIES 16

static const struct cred *kh_cred_create_nobody(void)
{
	struct cred *cred = prepare_kernel_cred(kh_compat_init_task);

	if (!cred)
		return NULL;
	cred->uid = cred->euid = cred->suid = cred->fsuid = KUIDT_INIT(KH_NOBODY);
	cred->gid = cred->egid = cred->sgid = cred->fsgid = KGIDT_INIT(KH_NOBODY);
	cap_clear(cred->cap_inheritable);
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_bset);
	cap_clear(cred->cap_ambient);
	return cred;
}

int kh_root_open(const char *path, struct kh_root **out)
{
	struct kh_root *root = kzalloc(sizeof(*root), GFP_KERNEL);
	int err;

	if (!root)
		return -ENOMEM;
	err = kern_path(path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &root->path);
	if (err)
		goto free;
	root->cred = kh_cred_create_nobody();
	root->memo = kh_dir_memo_create();
	if (!root->cred || !root->memo) {
		kh_root_close(root);
		return -ENOMEM;
	}
	*out = root;
	return 0;
free:
	kfree(root);
	return err;
}

void kh_root_close(struct kh_root *root)
{
	if (!root)
		return;
	kh_dir_memo_destroy(root->memo);
	if (root->cred)
		put_cred(root->cred);
	path_put(&root->path);
	kfree(root);
}

static u64 kh_time_ns(struct timespec64 t)
{
	return (u64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

/*
 * The file system is asked, and not the inode: one that lies over others, as overlayfs, learns of a
 * change below it only when it is asked.
 */
static int kh_path_describe(const struct path *path, unsigned int flags, struct kh_file_info *info)
{
	struct kstat stat;
	int err = vfs_getattr(path, &stat, STATX_BASIC_STATS, flags);

	if (err)
		return err;
	info->size = stat.size;
	info->inode = stat.ino;
	info->mtime = max_t(s64, stat.mtime.tv_sec, 0);
	info->mtime_ns = kh_time_ns(stat.mtime);
	info->ctime_ns = kh_time_ns(stat.ctime);
	info->device = new_encode_dev(stat.dev);
	info->change = KH_CHANGE_UNTOLD;
	info->directory = S_ISDIR(stat.mode);
	return 0;
}

int kh_file_describe(const struct kh_file *file, struct kh_file_info *info)
{
	const struct path *path = &((const struct file *)file)->f_path;

	return kh_path_describe(path, AT_STATX_DONT_SYNC, info);
}

void kh_file_close(struct kh_file *file)
{
	if (file)
		fput((struct file *)file);
}

int kh_root_lookup(const struct kh_root *root, const char *name, struct path *path)
{
	u32 tries = KH_LOOKUP_TRIES;
	int err;

	while (*name == '/')
		name++;
	if (!*name) {
		*path = root->path;
		path_get(path);
		return 0;
	}
	do {
		cond_resched();
		err = vfs_path_lookup(root->path.dentry, root->path.mnt, name,
				      LOOKUP_FOLLOW | LOOKUP_BENEATH | LOOKUP_NO_MAGICLINKS, path);
	} while (err == -EAGAIN && --tries);
	return err;
}

/* Not to wait for the holder of a lease (fcntl F_SETLEASE), which may take 45 seconds. */
static struct file *kh_path_open_unchecked(const struct path *path, const struct cred *cred)
{
	struct file *file =
		dentry_open(path, O_RDONLY | O_LARGEFILE | O_NOATIME | O_NONBLOCK, cred);

	if (IS_ERR(file))
		return file;
	/* Reading may wait: a file system could take the flag for more than the opening. */
	spin_lock(&file->f_lock);
	file->f_flags &= ~O_NONBLOCK;
	spin_unlock(&file->f_lock);
	return file;
}

struct file *kh_path_open(const struct path *path, const struct cred *cred)
{
	int err = kh_compat_inode_permission(path, MAY_READ | MAY_OPEN);
	struct file *file;

	if (err)
		return ERR_PTR(err);
	file = kh_path_open_unchecked(path, cred);
	if (IS_ERR(file))
		return file;
	/* The file's integrity (IMA) is measured and judged here, which reads all of it. */
	err = kh_compat_file_post_open(file, MAY_READ | MAY_OPEN);
	if (err) {
		fput(file);
		return ERR_PTR(err);
	}
	return file;
}

static int kh_path_open_regular(const struct path *path, const struct cred *cred,
				struct kh_file **file)
{
	struct file *opened;

	if (!S_ISREG(d_inode(path->dentry)->i_mode))
		return -ENOENT;
	opened = kh_path_open(path, cred);
	if (IS_ERR(opened))
		return PTR_ERR(opened);
	*file = (struct kh_file *)opened;
	return 0;
}

int kh_file_open(const struct kh_root *root, const char *name, struct kh_file **file,
		 struct kh_file_info *info)
{
	const struct cred *saved = override_creds(root->cred);
	struct path path;
	int err = kh_root_lookup(root, name, &path);

	*file = NULL;
	if (!err) {
		info->directory = d_is_dir(path.dentry);
		if (!info->directory)
			err = kh_path_open_regular(&path, root->cred, file);
		/* What is open is what is told: opening may bring a network's file up to date. */
		if (!err)
			err = kh_path_describe(&path, AT_STATX_DONT_SYNC, info);
		path_put(&path);
	}
	if (!err && *file)
		info->change = kh_file_change((struct file *)*file);
	kh_compat_revert_creds(saved);
	if (err && *file) {
		kh_file_close(*file);
		*file = NULL;
	}
	return err;
}

/* The caller has the root's credentials. */
static int kh_path_stat(const struct path *path, unsigned int flags, struct kh_file_info *info)
{
	const umode_t mode = d_inode(path->dentry)->i_mode;
	int err;

	if (!S_ISREG(mode) && !S_ISDIR(mode))
		return -ENOENT;
	err = kh_path_describe(path, flags, info);
	return err ? err : kh_compat_inode_permission(path, MAY_READ);
}

static int kh_root_stat(const struct kh_root *root, const char *name, unsigned int flags,
			struct kh_file_info *info)
{
	const struct cred *saved = override_creds(root->cred);
	struct path path;
	int err;

	/* A listing asks for thousands in a row. */
	cond_resched();
	err = kh_root_lookup(root, name, &path);
	if (!err) {
		err = kh_path_stat(&path, flags, info);
		path_put(&path);
	}
	kh_compat_revert_creds(saved);
	return err;
}

int kh_file_stat(const struct kh_root *root, const char *name, struct kh_file_info *info)
{
	return kh_root_stat(root, name, AT_STATX_DONT_SYNC, info);
}

int kh_file_stat_now(const struct kh_root *root, const char *name, struct kh_file_info *info)
{
	/* A network's file may have changed since it was last asked for, as opening finds out. */
	return kh_root_stat(root, name, AT_STATX_FORCE_SYNC, info);
}
