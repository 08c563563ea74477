/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Functions that kernels export but declare in no header that a module can include. A compiler
 * cannot notice that one has changed: scripts/check-private compares them with the types that
 * kernels bring along (BTF).
 */
#pragma once

struct dentry;
struct path;
struct vfsmount;

/* fs/namei.c: exported by all of 5.10 to 7.2, in fs/internal.h since 5.14. */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt, const char *name,
		    unsigned int flags, struct path *path);
