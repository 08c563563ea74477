// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a request is told when the file system says no. */
#pragma once

#include "http/status.h"
#include "base/errno.h"

namespace khttpd {

// `err` is a negative errno.
inline Status status_of_errno(int err)
{
	switch (-err) {
	case kEPERM:
	case kEACCES:
		return Status::forbidden;
	// Not there, or only by a way that leads out of the document root.
	case kENOENT:
	case kENOTDIR:
	case kENAMETOOLONG:
	case kELOOP:
	case kEXDEV:
		return Status::not_found;
	// Perhaps later: no memory, a lease on the file, a file system that does not answer.
	case kENOMEM:
	case kENFILE:
	case kEMFILE:
	case kEAGAIN:
	case kEINTR:
	case kETIMEDOUT:
		return Status::service_unavailable;
	default:
		return Status::internal_server_error;
	}
}

} // namespace khttpd
