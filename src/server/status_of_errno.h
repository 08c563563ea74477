// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a request is told when the file system says no. */
#pragma once

#include "http/status.h"
#include "server/errno.h"

namespace khttpd {

// `err` is a negative errno.
inline Status status_of_errno(int err)
{
	switch (-err) {
	case kEPERM:
	case kEACCES:
		return Status::forbidden;
	case kENOMEM:
	case kENFILE:
	case kEMFILE:
		return Status::service_unavailable;
	case kEIO:
		return Status::internal_server_error;
	default:
		// Not there, or only by a way that leads out of the document root.
		return Status::not_found;
	}
}

} // namespace khttpd
