// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* What a connection tells of its requests and replies: tracepoints and the access log. */
#include "server/access_log.h"
#include "server/connection.h"

namespace khttpd {

void Connection::trace_head(Bytes head)
{
	const Bytes method = parser_.request().method_name.of(head);
	const Bytes target = parser_.request().target.of(head);

	kh_conn_trace_request(socket_, method.data(), static_cast<u32>(method.size()),
			      target.data(), static_cast<u32>(target.size()));
}

// Replies in a row are often of the same size, and counted together.
KH_FORCE_INLINE void Connection::count_content(u64 content, kh_batch &batch)
{
	if (content != batch.content) {
		if (batch.contents)
			kh_content_add(kh_conn_net(socket_), batch.content, batch.contents);
		batch.content = content;
		batch.contents = 0;
	}
	batch.contents++;
}

// Every final reply comes by here: `sent` is the bytes of it but for those that are attached now,
// `content` those of its content.
void Connection::reply_made(const Place &place, Bytes head, Status status, u64 sent, u64 content,
			    kh_batch &batch, bool cached)
{
	if (!saved_.empty())
		batch.late = static_cast<u8>(status_class(status));
	count_content(content, batch);
	if (batch.tracing)
		trace_reply(place, sent, status, batch.softirq, cached);
	if (batch.log && place.logged)
		log_reply(batch, place, socket_, parser_.request(), head, status, content);
}

// The reply that was made last goes on with what is attached.
void Connection::content_follows(Status status, kh_batch &batch)
{
	if (!saved_.empty())
		batch.late = 0;
	batch.attached = batch.open = static_cast<u8>(status_class(status));
}

void Connection::trace_reply(const Place &place, u64 sent, Status status, bool softirq, bool cached)
{
	const kh_trace_reply reply = {
		.bytes = sent,
		.latency_ns = started_ns_ ? kh_monotonic_ns() - started_ns_ : 0,
		.status = status_code(status),
		.path = state_ == State::resolving ? KH_PATH_FILE :
			softirq			   ? KH_PATH_SOFTIRQ :
						     KH_PATH_WORK,
		.cache = cached,
		.site = place.site,
		.place = place.number,
	};

	started_ns_ = 0;
	kh_conn_trace_response(socket_, &reply);
}

kh_verdict Connection::refuse_large(const khttpd_config &config, Status status, Bytes head,
				    kh_batch &batch)
{
	kh_conn_trace_limit(socket_,
			    status == Status::content_too_large ? KH_LIMIT_BODY : KH_LIMIT_HEAD);
	return refuse(config, status, head, batch);
}

kh_verdict Connection::refuse_malformed(const khttpd_config &config, Status status, Bytes head,
					kh_batch &batch)
{
	const kh_error where = state_ == State::head ? KH_ERROR_HEAD : KH_ERROR_BODY;

	kh_stat_add(config.settings.net, KH_STAT_parse_errors, 1);
	if (status == Status::uri_too_long)
		kh_conn_trace_limit(socket_, KH_LIMIT_TARGET);
	else if (status == Status::header_fields_too_large)
		kh_conn_trace_limit(socket_, KH_LIMIT_HEAD);
	else
		kh_conn_trace_error(socket_, where, status_code(status));
	return refuse(config, status, head, batch);
}

} // namespace khttpd
