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
#include <linux/fs_struct.h>
#include <linux/jiffies.h>
#include <linux/key.h>
#include <linux/mutex.h>
#include <linux/namei.h>
#include <linux/nsproxy.h>
#include <linux/path.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/user_namespace.h>
#include "kapi/fs/file.h"
#include "kapi/netns.h"

#define KH_NOBODY 65534

/*
 * A ".." below the root (here it comes from a symbolic link) is refused with -EAGAIN when anything
 * anywhere was renamed or mounted since the lookup began, as it might then lead out: user space is
 * told to try again. Whoever renames without a pause must not keep us at it for ever.
 */
#define KH_LOOKUP_TRIES 16

/*
 * The root's own name is looked up no more often: a look at a file that has just missed a switch is
 * followed by another that is within a second of it.
 */
#define KH_ROOT_INTERVAL (HZ / 20)

/* Where the caller's user namespace has no such user, its processes are no less than the caller. */
static bool kh_cred_become_nobody(struct cred *cred)
{
	kuid_t uid = make_kuid(cred->user_ns, KH_NOBODY);
	kgid_t gid = make_kgid(cred->user_ns, KH_NOBODY);
	struct group_info *none;

	if (!uid_valid(uid) || !gid_valid(gid))
		return true;
	/* Where groups may not be given up they may be there to forbid. */
	if (READ_ONCE(cred->user_ns->flags) & USERNS_SETGROUPS_ALLOWED) {
		none = groups_alloc(0);
		if (!none)
			return false;
		set_groups(cred, none);
		put_group_info(none);
	}
	cred->uid = cred->euid = cred->suid = cred->fsuid = uid;
	cred->gid = cred->egid = cred->sgid = cred->fsgid = gid;
	return true;
}

/* What is served must not depend on keys that the caller has, nor keep them. */
static void kh_cred_drop_keys(struct cred *cred)
{
#ifdef CONFIG_KEYS
	key_put(cred->session_keyring);
	key_put(cred->process_keyring);
	key_put(cred->thread_keyring);
	key_put(cred->request_key_auth);
	cred->session_keyring = cred->process_keyring = NULL;
	cred->thread_keyring = cred->request_key_auth = NULL;
#endif
}

/*
 * The caller's, so that what a security module lets it see is what is served, and no more: without
 * capabilities.
 */
static const struct cred *kh_cred_create(void)
{
	struct cred *cred = prepare_creds();

	if (!cred)
		return NULL;
	kh_cred_drop_keys(cred);
	if (!kh_cred_become_nobody(cred)) {
		put_cred(cred);
		return NULL;
	}
	cap_clear(cred->cap_inheritable);
	cap_clear(cred->cap_permitted);
	cap_clear(cred->cap_effective);
	cap_clear(cred->cap_bset);
	cap_clear(cred->cap_ambient);
	return cred;
}

/*
 * Workers ask later, who have the first mount namespace. In another one the mounts may be gone by
 * then with its processes, and the name lead to what lies beneath: such a root stays where it is.
 */
static bool kh_root_is_followed(void)
{
	return current->nsproxy && current->nsproxy->mnt_ns == kh_compat_init_task->nsproxy->mnt_ns;
}

static struct kh_root *kh_root_create(const struct kh_net *kn, const char *name)
{
	const size_t size = strlen(name) + 1;
	struct kh_root *root = kzalloc(struct_size(root, name, size), GFP_KERNEL_ACCOUNT);

	if (!root)
		return NULL;
	memcpy(root->name, name, size);
	root->owner = kn->id;
	spin_lock_init(&root->lock);
	mutex_init(&root->following);
	root->followed = jiffies;
	if (kh_root_is_followed())
		get_fs_root(current->fs, &root->base);
	root->cred = kh_cred_create();
	return root;
}

int kh_root_open(struct kh_net *kn, const char *name, struct kh_root **out)
{
	struct kh_root *root = kh_root_create(kn, name);
	int err = -ENOMEM;

	if (!root)
		return err;
	if (root->cred)
		err = kern_path(name, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &root->path);
	if (err) {
		kh_root_close(root);
		return err;
	}
	*out = root;
	return 0;
}

/* Nobody else has it any more. */
void kh_root_close(struct kh_root *root)
{
	if (!root)
		return;
	path_put(&root->path);
	path_put(&root->base);
	if (root->cred)
		put_cred(root->cred);
	mutex_destroy(&root->following);
	kfree(root);
}

/*
 * With the root's credentials: who may switch a link on the way gets no further by it than any
 * user. Links of /proc to what a process has open would lead to something of the worker's. A name
 * that leads nowhere leaves the path as it was.
 */
static void kh_root_follow_name(struct kh_root *root)
{
	struct path path;

	lockdep_assert_held(&root->following);
	if (vfs_path_lookup(root->base.dentry, root->base.mnt, root->name,
			    LOOKUP_FOLLOW | LOOKUP_DIRECTORY | LOOKUP_NO_MAGICLINKS, &path))
		return;
	spin_lock(&root->lock);
	swap(root->path, path);
	spin_unlock(&root->lock);
	path_put(&path);
}

/* Where names are looked up; the path is the caller's, who has the root's credentials. */
static void kh_root_get(struct kh_root *root, struct path *path)
{
	if (root->base.mnt && jiffies - READ_ONCE(root->followed) >= KH_ROOT_INTERVAL &&
	    mutex_trylock(&root->following)) {
		WRITE_ONCE(root->followed, jiffies);
		kh_root_follow_name(root);
		mutex_unlock(&root->following);
	}
	spin_lock(&root->lock);
	*path = root->path;
	path_get(path);
	spin_unlock(&root->lock);
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
static int kh_root_walk(const struct path *base, const char *name, unsigned int follow,
			struct path *path)
{
	struct dentry *at = dget(base->dentry), *found;
	bool plain;

	do {
		size_t size = strchrnul(name, '/') - name;

		found = kh_walk_may_go_on(at) && !kh_name_is_dots(name, size) ?
				kh_compat_lookup_one(base->mnt, at, name, size) :
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
	*path = (struct path){.mnt = mntget(base->mnt), .dentry = at};
	return 0;
}

static int kh_base_lookup(const struct path *base, const char *name, unsigned int follow,
			  struct path *path)
{
	u32 tries = KH_LOOKUP_TRIES;
	int err;

	while (*name == '/')
		name++;
	if (!*name) {
		*path = *base;
		path_get(path);
		return 0;
	}
	/* A listing asks for thousands in a row. */
	cond_resched();
	err = kh_root_walk(base, name, follow, path);
	if (err != -ESTALE)
		return err;
	do {
		cond_resched();
		err = vfs_path_lookup(base->dentry, base->mnt, name,
				      follow | LOOKUP_BENEATH | LOOKUP_NO_MAGICLINKS, path);
	} while (err == -EAGAIN && --tries);
	return err;
}

int kh_root_lookup(struct kh_root *root, const char *name, unsigned int follow, struct path *path)
{
	struct path base;
	int err;

	kh_root_get(root, &base);
	err = kh_base_lookup(&base, name, follow, path);
	path_put(&base);
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
