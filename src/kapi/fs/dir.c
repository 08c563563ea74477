// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Directories below the document root: their names, for a listing and to find out which codings
 * the files in them are stored in. Process context.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/stat.h>
#include "kapi/fs/dir_memo.h"
#include "kapi/fs/file.h"

/* Names that are looked at for codings: with more, each file's neighbours are looked for. */
#define KH_CODING_NAMES 16384

struct kh_dir_walk {
	struct dir_context context;
	bool (*take)(struct kh_dir_walk *walk, const u8 *name, u32 size);
	void *listing;
	u32 codings, names;
	bool any, stopped;
};

static kh_filldir_result kh_dir_actor(struct dir_context *context, const char *name, int size,
				      loff_t offset, u64 inode, unsigned int type)
{
	struct kh_dir_walk *walk = container_of(context, struct kh_dir_walk, context);

	walk->any = true;
	if (!kh_name_is_dots(name, size))
		walk->stopped = !walk->take(walk, (const u8 *)name, size);
	return walk->stopped ? KH_FILLDIR_STOP : KH_FILLDIR_NEXT;
}

static int kh_dir_walk(struct file *dir, struct kh_dir_walk *walk)
{
	int err;

	walk->context.actor = kh_dir_actor;
	/* A file system may give its names in several turns; the last one gives none. */
	do {
		cond_resched();
		walk->any = false;
		err = iterate_dir(dir, &walk->context);
	} while (!err && walk->any && !walk->stopped);
	/* cppcheck-suppress uninitvar; every turn of the loop has set it */
	return err;
}

/* The caller has the root's credentials. */
static int kh_dir_walk_path(const struct kh_root *root, const struct path *path,
			    struct kh_dir_walk *walk)
{
	struct file *dir = d_is_dir(path->dentry) ? kh_path_open(path, root->cred) :
						    ERR_PTR(-ENOTDIR);
	int err = PTR_ERR_OR_ZERO(dir);

	if (err)
		return err;
	err = kh_dir_walk(dir, walk);
	fput(dir);
	return err;
}

static bool kh_dir_take_listed(struct kh_dir_walk *walk, const u8 *name, u32 size)
{
	return khttpd_listing_take(walk->listing, name, size);
}

int kh_dir_list(struct kh_root *root, const char *name, void *listing)
{
	const struct cred *saved = override_creds(root->cred);
	struct kh_dir_walk walk = {.take = kh_dir_take_listed, .listing = listing};
	struct path path;
	int err = kh_root_lookup(root, name, LOOKUP_FOLLOW, &path);

	if (!err) {
		err = kh_dir_walk_path(root, &path, &walk);
		path_put(&path);
	}
	kh_compat_revert_creds(saved);
	return err;
}

void kh_let_others_run(void)
{
	cond_resched();
}

/*
 * Where a name that comes changes the directory's time at once: on a local file system. The clock
 * of one that is shared, or of its layers, is not ours to go by.
 */
static bool kh_dir_tells_changes(const struct path *path)
{
	const struct super_block *sb = path->dentry->d_sb;

	return sb->s_type->fs_flags & FS_REQUIRES_DEV || sb->s_magic == TMPFS_MAGIC;
}

static int kh_dir_describe(const struct kh_root *root, const struct path *path,
			   struct kh_dir_stamp *stamp)
{
	struct kstat stat;
	int err = vfs_getattr(path, &stat, STATX_INO | STATX_MTIME | STATX_CTIME,
			      AT_STATX_SYNC_AS_STAT);

	if (err)
		return err;
	*stamp = (struct kh_dir_stamp){
		.owner = root->owner,
		.device = stat.dev,
		.inode = stat.ino,
		.mtime = stat.mtime,
		.ctime = stat.ctime,
	};
	return 0;
}

static bool kh_dir_take_codings(struct kh_dir_walk *walk, const u8 *name, u32 size)
{
	walk->codings |= khttpd_name_codings(name, size);
	return ++walk->names < KH_CODING_NAMES;
}

/* The caller has the root's credentials. What was found holds as long as the stamp does. */
static u32 kh_dir_read_codings(const struct kh_root *root, const struct path *path,
			       const struct kh_dir_stamp *stamp)
{
	struct kh_dir_walk walk = {.take = kh_dir_take_codings};

	/* Another change might leave the times as they are. */
	if (ktime_get_real_seconds() <= max(stamp->mtime.tv_sec, stamp->ctime.tv_sec) + 1)
		return KH_CODINGS_UNKNOWN;
	if (kh_dir_walk_path(root, path, &walk) || walk.stopped)
		return KH_CODINGS_UNKNOWN;
	kh_dir_memo_store(stamp, walk.codings);
	return walk.codings;
}

u32 kh_dir_codings_known(const struct kh_root *root, const struct path *path)
{
	struct kh_dir_stamp stamp;
	u32 codings;

	if (!kh_dir_tells_changes(path))
		return KH_CODINGS_UNKNOWN;
	if (kh_dir_describe(root, path, &stamp))
		return KH_CODINGS_UNSEEN;
	codings = kh_dir_memo_recall(&stamp);
	return codings == KH_CODINGS_UNKNOWN ? KH_CODINGS_UNSEEN : codings;
}

u32 kh_dir_codings(struct kh_root *root, const char *name)
{
	const struct cred *saved = override_creds(root->cred);
	u32 codings = KH_CODINGS_UNKNOWN;
	struct kh_dir_stamp stamp;
	struct path path;

	if (!kh_root_lookup(root, name, LOOKUP_FOLLOW, &path)) {
		if (kh_dir_tells_changes(&path) && !kh_dir_describe(root, &path, &stamp) &&
		    kh_dir_memo_find(&stamp, &codings))
			codings = kh_dir_read_codings(root, &path, &stamp);
		path_put(&path);
	}
	kh_compat_revert_creds(saved);
	return codings;
}
