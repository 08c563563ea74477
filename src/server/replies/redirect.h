// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The reply to a directory asked for without its slash. BH context. */
#pragma once

#include "http/request.h"
#include "server/replies/append_reply.h"

namespace khttpd {

// Appends 301 with the path as it was sent and a slash, and the query; 414 if the batch, which is
// to be empty, has no room for that. Returns the status, and sets
// `content` to the size of the content.
Status append_directory_redirect(kh_batch &batch, Bytes head, const Request &request,
				 ConnectionOption option, u64 &content);

} // namespace khttpd
