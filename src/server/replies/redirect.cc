// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/replies/redirect.h"

#include "http/escape.h"

namespace khttpd {

namespace {

// Writes a reference to a path of this same server (RFC 3986 section 4.2).
void write_location(HeadWriter &out, Bytes path, Slice query, Bytes head)
{
	// `//host/..` would be read as another server's address.
	while (path.size() > 1 && path[1] == '/')
		path = path.drop(1);
	out.raw("Location: "_b);
	write_uri_path(out, path);
	out.raw("/"_b);
	if (query.present()) {
		out.raw("?"_b);
		write_uri_query(out, query.of(head));
	}
	out.raw("\r\n"_b);
}

} // namespace

Status append_directory_redirect(const Exchange &exchange, u64 &content)
{
	kh_batch &batch = exchange.batch;
	const Request &request = exchange.request;
	HeadWriter out(batch_room(batch));

	out.begin(Status::moved_permanently, batch_date(batch));
	write_location(out, request.path.of(exchange.head), request.query, exchange.head);
	content = finish_status(batch, out, Status::moved_permanently, exchange.option,
				exchange.with_content);
	if (out.ok())
		return Status::moved_permanently;
	content = append_status(batch,
				{Status::uri_too_long, {}, exchange.option, exchange.with_content});
	return Status::uri_too_long;
}

} // namespace khttpd
