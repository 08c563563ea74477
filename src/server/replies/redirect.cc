// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/replies/redirect.h"

#include "http/escape.h"

namespace khttpd {

namespace {

// What a status's own text takes besides the fields.
constexpr usize kStatusSpace = 256 + kMaxFields;

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

Status finish_redirect(const Exchange &exchange, HeadWriter &out, Status status, u64 &content)
{
	content = finish_status(exchange.batch, out, status_text(exchange, status));
	if (out.ok())
		return status;
	content = append_status(exchange.batch, status_text(exchange, Status::uri_too_long));
	return Status::uri_too_long;
}

} // namespace

Status append_directory_redirect(const Exchange &exchange, u64 &content)
{
	kh_batch &batch = exchange.batch;
	const Request &request = exchange.request;
	HeadWriter out(batch_room(batch));

	out.begin(Status::moved_permanently, batch_date(batch), exchange.place.server_field);
	write_location(out, request.path.of(exchange.head), request.query, exchange.head);
	return finish_redirect(exchange, out, Status::moved_permanently, content);
}

Status append_redirect(const Exchange &exchange, const Route &route, Bytes rest, bool may_wait,
		       u64 &content)
{
	kh_batch &batch = exchange.batch;
	const Slice query = exchange.request.query;
	HeadWriter out(batch_room(batch));

	out.begin(route.status, batch_date(batch), exchange.place.server_field);
	out.raw("Location: "_b);
	out.raw(route.target);
	if (route.rest)
		write_decoded_path(out, rest);
	if (route.query && query.present()) {
		out.raw(route.target.find('?') < route.target.size() ? "&"_b : "?"_b);
		write_uri_query(out, query.of(exchange.head));
	}
	out.raw("\r\n"_b);
	if (may_wait && batch.size &&
	    (!out.ok() || batch.capacity - batch.size < out.size() + kStatusSpace))
		return Status::none;
	return finish_redirect(exchange, out, route.status, content);
}

} // namespace khttpd
