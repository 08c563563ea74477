// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Owners of what the file side of the seam counts. Each is empty or holds one reference, which it
 * gives back when it ends, in any context.
 */
#pragma once

#include <span>

#include "base/owned.h"
#include "base/result.h"
#include "kapi/kapi.h"

namespace khttpd {

using BodyRef = Owned<kh_body, kh_body_put>;
using CacheRef = Owned<kh_cache_node, kh_cache_put>;
using OpenFile = Owned<kh_file, kh_file_close>;

// Memory that a reply needs in the rare case; it is counted with the replies on their way.
class ReplyMemory {
public:
	explicit ReplyMemory(kh_net *net) : net_(net) {}
	~ReplyMemory()
	{
		if (data_)
			kh_held_free(net_, KH_HELD_replies, data_, size_);
	}

	ReplyMemory(const ReplyMemory &) = delete;
	ReplyMemory &operator=(const ReplyMemory &) = delete;

	// Makes room for so much; what was in it goes when there is less. False without memory.
	// Process context.
	bool reserve(usize size)
	{
		if (size_ >= size)
			return true;
		if (data_)
			kh_held_free(net_, KH_HELD_replies, data_, size_);
		data_ = static_cast<u8 *>(
			kh_held_alloc(net_, KH_HELD_replies, size, KH_GFP_KERNEL));
		size_ = data_ ? size : 0;
		return data_;
	}
	std::span<u8> room() const { return {data_, size_}; }

private:
	kh_net *net_; // whose memory it counts as
	u8 *data_ = nullptr;
	usize size_ = 0;
};

// Opens what has the NUL-terminated name below the root, and describes it in `info`. The owner is
// empty for a directory. The errors are those of kh_file_open(). Process context.
inline Result<OpenFile> open_file(kh_root *root, const char *name, kh_file_info &info,
				  u32 *codings = nullptr)
{
	kh_file *file;
	const int err = kh_file_open(root, name, &file, &info, codings);

	if (err)
		return Error(err);
	return OpenFile(file);
}

} // namespace khttpd
