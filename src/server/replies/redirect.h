// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Redirects by what the request says. BH context. */
#pragma once

#include "config/routes.h"
#include "server/replies/append_reply.h"
#include "server/replies/exchange.h"

namespace khttpd {

// Appends 301 with the path as it was sent and a slash, and the query. It is 414 when the batch,
// which is to be empty, has no room for that. Returns the status, and sets `content` to the bytes
// of content.
Status append_directory_redirect(const Exchange &exchange, u64 &content);

// Appends a configured redirection; `rest` is what stands behind the prefix in the normalized path.
// If the batch is not empty and may have no room for it: none, with nothing appended, when the
// caller `may_wait`; else 414.
Status append_redirect(const Exchange &exchange, const Route &route, Bytes rest, bool may_wait,
		       u64 &content);

} // namespace khttpd
