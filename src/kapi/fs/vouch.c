// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What vouches for a file's bytes: the kind of its file system, a digest that the file system
 * keeps, or a hash of its bytes. Process context, where nothing else is said.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xxhash.h>
#include "compat/compat.h"
#include "kapi/fs/vouch.h"

#define KH_HASH_CHUNK 16384 /* bytes of a file read at once */

/* Magic numbers of file systems that linux/magic.h does not know everywhere. */
#define KH_MAGIC_BCACHEFS 0xca451a4e
#define KH_MAGIC_EROFS 0xe0f5e1e2
#define KH_MAGIC_JFS 0x3153464a
#define KH_MAGIC_XFS 0x58465342
#define KH_MAGIC_ZFS 0x2fc12fc1

/*
 * ctime is set by the kernel whenever a file of a local file system changes, and nobody else can
 * set it. FAT and its kind keep none. Files on other machines, and those that a process makes up,
 * change without our kernel. What cannot be written to was written elsewhere, with any times.
 */
enum kh_change kh_file_change(const struct file *file)
{
	const struct super_block *sb = d_real_inode(file->f_path.dentry)->i_sb;

	switch (sb->s_magic) {
	case EXT4_SUPER_MAGIC: /* ext2 and ext3, too */
	case BTRFS_SUPER_MAGIC:
	case F2FS_SUPER_MAGIC:
	case KH_MAGIC_BCACHEFS:
	case KH_MAGIC_JFS:
	case KH_MAGIC_XFS:
	case KH_MAGIC_ZFS:
	case NILFS_SUPER_MAGIC:
	case RAMFS_MAGIC:
	case REISERFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return sb_rdonly(sb) ? KH_CHANGE_UNTOLD : KH_CHANGE_TOLD;
	case CRAMFS_MAGIC:
	case ISOFS_SUPER_MAGIC:
	case KH_MAGIC_EROFS:
	case SQUASHFS_MAGIC:
		return KH_CHANGE_NEVER;
	default:
		return KH_CHANGE_UNTOLD;
	}
}

size_t kh_file_kept_digest(const struct kh_file *file, u8 *out, size_t room)
{
	const struct dentry *dentry = ((const struct file *)file)->f_path.dentry;
	u8 digest[KH_COMPAT_VERITY_DIGEST];
	int size = kh_compat_verity_digest(d_real_inode(dentry), digest);

	if (size <= 0)
		return 0;
	room = min_t(size_t, room, size);
	memcpy(out, digest, room);
	return room;
}

bool kh_file_hash(struct kh_file *file, u64 size, u64 *hash)
{
	u8 *chunk = kmalloc(KH_HASH_CHUNK, GFP_KERNEL | __GFP_NOWARN);
	struct xxh64_state state;
	loff_t pos = 0;
	ssize_t n = 0;

	if (!chunk)
		return false;
	xxh64_reset(&state, 0);
	while (pos < size) {
		n = kernel_read((struct file *)file, chunk, min_t(u64, KH_HASH_CHUNK, size - pos),
				&pos);
		if (n <= 0)
			break;
		xxh64_update(&state, chunk, n);
	}
	kfree(chunk);
	*hash = xxh64_digest(&state);
	return pos == size;
}

ssize_t kh_file_read(struct kh_file *file, u64 offset, u8 *out, size_t size)
{
	loff_t pos = offset;

	return kernel_read((struct file *)file, out, size, &pos);
}
