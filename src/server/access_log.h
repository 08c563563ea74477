// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What the access log keeps of a reply; the lines made of it are khttpd_log_line() in kapi.h. */
#pragma once

#include "config/places/place.h"
#include "http/request.h"
#include "http/status.h"
#include "kapi/kapi.h"

namespace khttpd {

// Records a reply with `content` bytes of content. `request` is what is known of the request, whose
// parts lie in `head`; a request that was refused may be known in part or not at all. The batch has
// a log. BH context.
void log_reply(kh_batch &batch, const Place &place, const kh_conn *socket, const Request &request,
	       Bytes head, Status status, u64 content);

} // namespace khttpd
