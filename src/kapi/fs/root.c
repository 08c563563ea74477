// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The document root, and paths below it as an unprivileged user sees them. A path never leads out:
 * the lookup is scoped (as with openat2's RESOLVE_BENEATH) and follows no magic link. Process
 * context.
 *
 * Most paths are plain: a name in a directory in a directory, without a link or a mount. Those are
 * walked here, name by name, as vfs_path_lookup() first takes a page for a copy of the path, which
 * many kernels clear. What is not plain is left to it.
 */
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "kapi/fs/dir_memo.h"
#include "kapi/fs/file.h"

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

/*
 * A file system that mounts what is asked for has names that are there once they are asked for in
 * the kernel's own walk (autofs).
 */
static bool kh_names_may_mount(const struct dentry *dir)
{
	return dir->d_op && (dir->d_op->d_automount || dir->d_op->d_manage);
}

/* False where what the next name leads to is for the kernel's own walk to say. */
static bool kh_walk_may_go_on(const struct dentry *dir)
{
	return d_can_lookup(dir) && !d_managed(dir) && !(dir->d_flags & DCACHE_OP_REVALIDATE) &&
	       !kh_names_may_mount(dir);
}

/*
 * Returns -ESTALE for what is not plain, which says nothing about the file. `name` is not empty and
 * begins with no slash.
 */
static int kh_root_walk(const struct kh_root *root, const char *name, unsigned int follow,
			struct path *path)
{
	struct dentry *at = dget(root->path.dentry), *found;
	bool plain;

	do {
		size_t size = strchrnul(name, '/') - name;

		found = kh_walk_may_go_on(at) && !kh_name_is_dots(name, size) ?
				kh_compat_lookup_one(root->path.mnt, at, name, size) :
				ERR_PTR(-ESTALE);
		dput(at);
		if (IS_ERR(found))
			return PTR_ERR(found);
		at = found;
		for (name += size; *name == '/'; name++)
			;
	} while (*name);
	plain = !d_managed(at) &&
		(name[-1] == '/' ? d_can_lookup(at) : !(follow && d_is_symlink(at)));
	if (!plain) {
		dput(at);
		return -ESTALE;
	}
	*path = (struct path){.mnt = mntget(root->path.mnt), .dentry = at};
	return 0;
}

int kh_root_lookup(const struct kh_root *root, const char *name, unsigned int follow,
		   struct path *path)
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
	/* A listing asks for thousands in a row. */
	cond_resched();
	err = kh_root_walk(root, name, follow, path);
	if (err != -ESTALE)
		return err;
	do {
		cond_resched();
		err = vfs_path_lookup(root->path.dentry, root->path.mnt, name,
				      follow | LOOKUP_BENEATH | LOOKUP_NO_MAGICLINKS, path);
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
