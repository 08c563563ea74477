// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Files below the document root: what they are, and opening them. Only regular files and
 * directories are opened, so that no FIFO or device is touched. Process context.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include "kapi/fs/file.h"
#include "kapi/fs/vouch.h"
#include "kapi/observe/trace.h"

static u64 kh_time_ns(struct timespec64 t)
{
	return (u64)t.tv_sec * NSEC_PER_SEC + t.tv_nsec;
}

/*
 * Builders of images give one time to all that is in one, its root included. A time that says when
 * the image was made and not when the file was changed is the same in the next image.
 */
static bool kh_time_is_of_image(const struct path *path, const struct kstat *file)
{
	const struct super_block *sb = path->dentry->d_sb;
	const struct path root = {.mnt = path->mnt, .dentry = sb->s_root};
	struct kstat stat;

	return sb_rdonly(sb) && S_ISREG(file->mode) &&
	       vfs_getattr_nosec(&root, &stat, STATX_MTIME, AT_STATX_DONT_SYNC) == 0 &&
	       timespec64_equal(&stat.mtime, &file->mtime);
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
	info->time_of_image = kh_time_is_of_image(path, &stat);
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

/*
 * The path of a name and, if wanted, what is known of the directory of the name. That is the parent
 * of a file which is there itself, not by a link or a mount: a lookup less. A file that is renamed
 * meanwhile may have a parent outside the root, which is not read here, and whose names lead
 * nowhere.
 */
static int kh_root_lookup_beside(struct kh_root *root, const char *name, struct path *path,
				 u32 *codings)
{
	struct path parent;
	int err;

	if (!codings)
		return kh_root_lookup(root, name, LOOKUP_FOLLOW, path);
	*codings = KH_CODINGS_UNSEEN;
	err = kh_root_lookup(root, name, 0, path);
	if (err)
		return err;
	if (d_is_symlink(path->dentry)) {
		path_put(path);
		return kh_root_lookup(root, name, LOOKUP_FOLLOW, path);
	}
	if (!d_is_reg(path->dentry) || path->dentry == path->mnt->mnt_root)
		return 0;
	parent = (struct path){.mnt = path->mnt, .dentry = dget_parent(path->dentry)};
	*codings = kh_dir_codings_known(root, &parent);
	dput(parent.dentry);
	return 0;
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
	/* By way of void: clang lets no pointer to a struct of random layout become another. */
	*file = (void *)opened;
	return 0;
}

static int kh_root_open_file(struct kh_root *root, const char *name, struct kh_file **file,
			     struct kh_file_info *info, u32 *codings)
{
	const struct cred *saved = override_creds(root->cred);
	struct path path;
	int err = kh_root_lookup_beside(root, name, &path, codings);

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

int kh_file_open(struct kh_root *root, const char *name, struct kh_file **file,
		 struct kh_file_info *info, u32 *codings)
{
	u64 began_ns = trace_khttpd_file_open_enabled() ? ktime_get_ns() : 0;
	int err = kh_root_open_file(root, name, file, info, codings);

	if (began_ns)
		trace_khttpd_file_open(name, err, err ? 0 : info->size, began_ns);
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

static int kh_root_stat(struct kh_root *root, const char *name, unsigned int flags,
			struct kh_file_info *info, u32 *codings)
{
	const struct cred *saved = override_creds(root->cred);
	struct path path;
	int err = kh_root_lookup_beside(root, name, &path, codings);

	if (!err) {
		err = kh_path_stat(&path, flags, info);
		path_put(&path);
	}
	kh_compat_revert_creds(saved);
	return err;
}

int kh_file_stat(struct kh_root *root, const char *name, struct kh_file_info *info)
{
	return kh_root_stat(root, name, AT_STATX_DONT_SYNC, info, NULL);
}

int kh_file_stat_now(struct kh_root *root, const char *name, struct kh_file_info *info,
		     u32 *codings)
{
	/* A network's file may have changed since it was last asked for, as opening finds out. */
	return kh_root_stat(root, name, AT_STATX_FORCE_SYNC, info, codings);
}
