// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/file_tag.h"

namespace khttpd {

namespace {

// What the letter that a tag begins with says (khttpd(4), FILES AND THEIR TAGS).
constexpr u8 kTagOfContent = 'h';
constexpr u8 kTagOfDigest = 'd';
constexpr u8 kTagOfStamp = 's';
constexpr u8 kTagOfRecentStamp = 'r';
constexpr u8 kTagOfUntoldStamp = 'w';

// A number as bytes, the first being the highest, as tools print a hash.
struct BigEndian {
	explicit BigEndian(u64 value)
	{
		for (usize i = 0; i < sizeof(bytes); i++)
			bytes[i] = static_cast<u8>(value >> (56 - 8 * i));
	}
	u8 bytes[8];
};

} // namespace

// Two codings of a file may be the same bytes, and are not the same representation for that
// (RFC 9110 section 8.8.3.3): the suffix tells them apart.
FileTag::FileTag(Strength strength, u8 kind, u8 weak_kind, Bytes digest, Coding coding)
	: strength_(strength)
{
	const Bytes suffix = coding_suffix(coding);

	strong_size_ = static_cast<u8>(format_etag(kind, digest, suffix, strong_));
	weak_[0] = 'W';
	weak_[1] = '/';
	weak_size_ = static_cast<u8>(2 + format_etag(weak_kind, digest, suffix, weak_ + 2));
}

FileTag FileTag::of_content(u64 hash, Coding coding, bool sure)
{
	const BigEndian digest(hash);

	return FileTag(sure ? Strength::always : Strength::never, kTagOfContent, kTagOfContent,
		       {digest.bytes, sizeof(digest.bytes)}, coding);
}

// The weak tag of a file that may have changed has another letter, so that it never stands for what
// the strong one does: the bytes may change once more under the same stamp.
FileTag FileTag::of_digest(Bytes digest, Coding coding, bool for_ever)
{
	return FileTag(for_ever ? Strength::always : Strength::once_settled, kTagOfDigest,
		       kTagOfRecentStamp, digest.prefix(kDigestSize), coding);
}

FileTag FileTag::of_stamp(const kh_file_info &info, u64 sample, Coding coding)
{
	const u64 stamp[] = {info.size, info.inode, info.mtime_ns, info.ctime_ns, sample};
	const BigEndian digest(kh_machine_hash(stamp, sizeof(stamp)));
	const bool told = info.change == KH_CHANGE_TOLD;

	return FileTag(told ? Strength::once_settled : Strength::never, kTagOfStamp,
		       told ? kTagOfRecentStamp : kTagOfUntoldStamp,
		       {digest.bytes, sizeof(digest.bytes)}, coding);
}

} // namespace khttpd
