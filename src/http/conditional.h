// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "http/etag.h"
#include "http/request.h"
#include "http/status.h"

namespace khttpd {

// What a response without conditions would carry (status 200, RFC 9110 section 13.2.1).
struct Validators {
	// As sent in ETag; empty when there is none.
	Bytes etag;
	// As sent in Last-Modified, in Unix seconds.
	u64 last_modified;
	bool has_last_modified;
};

struct Conditions {
	// none: go on. 304 or 412 otherwise.
	Status status;
	// The Range field is to be looked at: this is a GET with one, and If-Range agrees.
	bool use_range;
};

// Evaluates the conditional fields in the order of RFC 9110 section 13.2.2. `now` in Unix seconds.
Conditions evaluate_conditions(Bytes head, const Request &request, const Validators &current,
			       u64 now);

// The same for a response that has no validator, and is there: `*` stands for it, no tag does
// (RFC 9110 sections 13.1.1 and 13.1.2).
inline Status condition_without_validators(Bytes head, const Request &request, u64 now)
{
	return evaluate_conditions(head, request, {Bytes(), 0, false}, now).status;
}

} // namespace khttpd
