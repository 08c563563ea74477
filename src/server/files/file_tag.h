// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The entity tag of a file (RFC 9110 section 8.8.3), by what vouches for its bytes. A strong one
 * changes whenever they do. A value.
 */
#pragma once

#include "http/accept_encoding.h"
#include "http/etag.h"
#include "kapi/kapi.h"

namespace khttpd {

class FileTag {
public:
	// Bytes that are kept of a digest, which are enough to tell any two files apart.
	static constexpr usize kDigestSize = 16;

	// No tag at all.
	FileTag() = default;
	// From a hash of the content, the same on every machine; strong when what is sent is sure
	// to be what was read.
	static FileTag of_content(u64 hash, Coding coding, bool sure);
	// From a digest that is kept with the file, the same on every machine; strong, if the file
	// cannot change, else once its times are over.
	static FileTag of_digest(Bytes digest, Coding coding, bool for_ever);
	// From what the file system tells and a sample of the content, another on every machine;
	// strong once the file's times are over, where the file system tells of changes at all.
	static FileTag of_stamp(const kh_file_info &info, u64 sample, Coding coding);
	// The same, weak whatever the time.
	void weaken() { strength_ = Strength::never; }

	// As sent in ETag; `settled` when the file's times are over.
	Bytes text(bool settled) const
	{
		return strength_ == Strength::always ||
				       (strength_ == Strength::once_settled && settled) ?
			       Bytes(strong_, strong_size_) :
			       Bytes(weak_, weak_size_);
	}

private:
	enum class Strength : u8 { always, once_settled, never };

	FileTag(Strength strength, u8 kind, u8 weak_kind, Bytes digest, Coding coding);

	Strength strength_ = Strength::never;
	u8 strong_size_ = 0;
	u8 weak_size_ = 0;
	u8 strong_[kMaxEtagSize];
	u8 weak_[2 + kMaxEtagSize];
};

} // namespace khttpd
