/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What was found in directories, kept while they stay as they are. Process context. */
#pragma once

#include <linux/time64.h>
#include <linux/types.h>

/* A directory as it was at a time; one that has changed has another. */
struct kh_dir_stamp {
	u64 owner; /* the server, by its number: none learns of what another looked at */
	dev_t device;
	u64 inode;
	struct timespec64 mtime, ctime;
};

int kh_dir_memo_init(void);
void kh_dir_memo_exit(void);
/* What was stored for the directory, or KH_CODINGS_UNKNOWN. */
u32 kh_dir_memo_recall(const struct kh_dir_stamp *stamp);
/* The same in *codings. True when it is the caller's to find out and store. */
bool kh_dir_memo_find(const struct kh_dir_stamp *stamp, u32 *codings);
void kh_dir_memo_store(const struct kh_dir_stamp *stamp, u32 codings);
