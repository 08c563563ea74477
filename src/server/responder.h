// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Chooses the reply to a complete request. BH context; what may sleep is not done here. */
#pragma once

#include "http/field_memo.h"
#include "http/request.h"
#include "config/config.h"
#include "server/files/representation.h"

namespace khttpd {

// What a CPU remembers of requests from one run to the next.
struct RunMemo {
	FieldMemo fields;
	SiteMemo sites;
};
static_assert(sizeof(RunMemo) <= KH_MEMO_BYTES);

inline RunMemo &memo_of(const kh_batch &batch)
{
	return *static_cast<RunMemo *>(batch.memo);
}

struct Answer {
	// Prepared when not null, else the status's own text.
	const PreparedReply *prepared = nullptr;
	Status status = Status::none;
	Bytes allow;
	bool close = false;
	bool denied = false; // to the client's address
	// A file, which the response cache may have unless it is a reply's.
	bool file = false;
	// What holds for the request, and its path where that was looked at.
	const Place *place = nullptr;
	NormalizedPath path{};
	// The reply whose file it is; null for one below the document root.
	const Route *route = nullptr;
	// A redirection that is made for this request, and the rest of the path behind its prefix.
	const Route *redirect = nullptr;
	Bytes rest;
};

// `head` is the request's head, of which `request` is the parse, `socket` whose it is; `batch` has
// room for the path, and the memo.
Answer respond(const khttpd_config &config, const Request &request, Bytes head,
	       const kh_conn *socket, kh_batch &batch);

// What holds for a request. As above.
const Place &place_of(const khttpd_config &config, const Request &request, Bytes head,
		      kh_batch &batch);

// The built-in page when that is what respond() would say, found without it; else null.
inline const PreparedReply *usual_page(const khttpd_config &config, const Request &request,
				       Bytes head)
{
	return config.usual && is_plain(request) &&
			       (request.method == Method::get || request.method == Method::head) &&
			       request.path.of(head) == "/"_b ?
		       &config.page :
		       nullptr;
}

} // namespace khttpd
