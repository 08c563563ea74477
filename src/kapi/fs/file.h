/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The room of files: looking them up below a document root, directories, content in memory and the
 * response cache's table. Process context, but for what is found in the cache and for references on
 * content, which belong to runs. It knows nothing of sockets.
 */
#pragma once

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/path.h>
#include <linux/spinlock.h>
#include "compat/compat.h"
#include "kapi/kapi.h"

/*
 * A document root, owned by its configuration. It is its name that counts: where that comes to lead
 * elsewhere, as a link that is switched to a new release, the path is replaced.
 */
struct kh_root {
	spinlock_t lock;	/* of `path`; nothing is taken inside but a dentry's */
	struct path path;	/* where the name leads */
	struct mutex following; /* who replaces the path */
	unsigned long followed; /* ticks: when the name was last looked up */
	struct path base;	/* the root directory of who gave the name; none: not followed */
	const struct cred *cred;
	u64 owner; /* the number of its server */
	char name[];
};

/* "." and "..". */
static inline bool kh_name_is_dots(const char *name, size_t size)
{
	return name[0] == '.' && (size == 1 || (size == 2 && name[1] == '.'));
}

/*
 * Process context, with the root's credentials. `follow` is LOOKUP_FOLLOW, or 0 for a link itself.
 * On success *path is the caller's.
 */
int kh_root_lookup(struct kh_root *root, const char *name, unsigned int follow, struct path *path);
/*
 * What kh_dir_codings() once found in a directory that is held, or KH_CODINGS_UNSEEN: to read it is
 * left to who looks it up below the root. Process context, with the root's credentials.
 */
u32 kh_dir_codings_known(const struct kh_root *root, const struct path *path);
struct file *kh_path_open(const struct path *path, const struct cred *cred);
