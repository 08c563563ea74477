// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a request is told when the file system says no. */
#pragma once

#include "http/status.h"
#include "base/errno.h"
#include "base/result.h"

namespace khttpd {

inline Status status_of_errno(Error error)
{
	switch (error.code()) {
	case kEPERM:
	case kEACCES:
		return Status::forbidden;
	// It is not there, or only by a way that leads out of the document root.
	case kENOENT:
	case kENOTDIR:
	case kENAMETOOLONG:
	case kELOOP:
	case kEXDEV:
	// Nor can it be there: its file system has no such names. To CIFS a backslash is none of
	// them, to a directory of ext4 that folds case what is no UTF-8.
	case kEINVAL:
	case kEILSEQ:
		return Status::not_found;
	// It may be had later: there is no memory, the file has a lease, or its file system does
	// not answer.
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
