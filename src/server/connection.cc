// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/connection.h"

#include "config/config.h"
#include "server/replies/append_reply.h"
#include "server/replies/may_ask.h"
#include "server/replies/redirect.h"
#include "server/responder.h"

namespace khttpd {

namespace {

// More would let one peer's pipeline keep the CPU. kapi/net/conn_run.c bounds batches in a run.
constexpr u32 kRequestsPerBatch = 64;
constexpr u32 kWorkPerBatch = 8192; // as it counts against the run when the batch is complete

HeadLimits head_limits(const kh_settings &settings)
{
	return {settings.max_header_size, settings.max_target_size,
		static_cast<u16>(settings.max_header_count)};
}

ConnectionOption connection_option(const Request &request, bool close)
{
	if (close)
		return ConnectionOption::close;
	return request.version_minor == 0 ? ConnectionOption::keep_alive : ConnectionOption::none;
}

} // namespace

Connection::Connection(kh_conn *socket, const khttpd_config &config)
	: socket_(socket), since_(kh_ticks())
{
	if (!config.proxies.empty() && comes_from(config.proxies, socket_))
		state_ = State::proxy;
	kh_conn_set_deadline(socket_,
			     since_ + kh_ticks_from_seconds(config.settings.header_timeout));
}

kh_verdict Connection::input(const khttpd_config &config, Bytes in, usize &used, kh_batch &batch)
{
	const u8 *begin = in.data();
	kh_verdict verdict = KH_CONTINUE;

	refresh_date(batch);
	while (!in.empty() && verdict == KH_CONTINUE) {
		if (batch.capacity - batch.size < config.reply_capacity ||
		    batch.requests >= kRequestsPerBatch || batch.work >= kWorkPerBatch)
			verdict = KH_FLUSH;
		else if (state_ == State::head)
			verdict = take_head(config, in, batch);
		else if (awaits_client())
			verdict = take_proxy(config, in, batch);
		else
			verdict = take_body(config, in, batch);
	}
	used = static_cast<usize>(in.data() - begin);
	return verdict;
}

// Takes from `in` what belongs to the head, which is parsed in place unless part of it came before.
KH_FORCE_INLINE kh_verdict Connection::take_head(const khttpd_config &config, Bytes &in,
						 kh_batch &batch)
{
	const HeadLimits limits = head_limits(config.settings);

	if (batch.tracing && started_ns_ == 0)
		started_ns_ = kh_monotonic_ns();
	if (!saved_.empty())
		return continue_head(config, limits, in, batch);

	const ParseResult result = parser_.parse(in, limits, &memo_of(batch).fields);

	if (result.outcome == ParseOutcome::done) {
		const Bytes whole = in;
		const Bytes head = in.prefix(result.consumed);

		in = in.drop(result.consumed);

		const kh_verdict verdict = head_done(config, head, in, batch);

		return verdict == KH_STARVED || verdict == KH_FLUSH ?
			       take_head_back(verdict, whole, in, batch) :
			       verdict;
	}
	if (result.outcome == ParseOutcome::bad)
		return refuse_head(config, result.status, in, in, batch);

	const kh_verdict verdict = saved_.append(config.settings.net, in);

	if (verdict == KH_CONTINUE) {
		kh_conn_head_begun(socket_, &batch);
		in = in.drop(in.size());
	} else {
		parser_.reset();
	}
	return verdict;
}

// There is no memory to keep the head for what it asks for, or no room for the reply, of which
// nothing was begun: it stays in the socket, and comes again.
kh_verdict Connection::take_head_back(kh_verdict verdict, Bytes whole, Bytes &in, kh_batch &batch)
{
	in = whole;
	batch.requests--;
	requests_--;
	parser_.reset();
	return verdict;
}

// Does what take_head() does when the head began in input that is gone.
kh_verdict Connection::continue_head(const khttpd_config &config, const HeadLimits &limits,
				     Bytes &in, kh_batch &batch)
{
	const usize before = saved_.bytes().size();

	// The limit may have become smaller since.
	if (before > limits.header_size)
		return refuse_large(config, Status::header_fields_too_large, saved_.bytes(), batch);
	// One byte past the limit is what the parser needs to refuse.
	const kh_verdict kept =
		saved_.append(config.settings.net, in.prefix(limits.header_size + 1 - before));
	if (kept != KH_CONTINUE)
		return kept;

	const Bytes head = saved_.bytes();
	const ParseResult result = parser_.parse(head, limits, &memo_of(batch).fields);

	if (result.outcome == ParseOutcome::bad)
		return refuse_head(config, result.status, head, in, batch);
	if (result.outcome == ParseOutcome::done) {
		in = in.drop(result.consumed - before);
		kh_conn_head_ended(socket_, &batch);
		return head_done(config, head.prefix(result.consumed), in, batch);
	}
	in = in.drop(head.size() - before);
	return KH_CONTINUE;
}

kh_verdict Connection::refuse_head(const khttpd_config &config, Status status, Bytes head,
				   Bytes &in, kh_batch &batch)
{
	in = in.drop(in.size());
	return refuse_malformed(config, status, head, batch);
}

KH_FORCE_INLINE kh_verdict Connection::head_done(const khttpd_config &config, Bytes head,
						 Bytes tail, kh_batch &batch)
{
	const Request &request = parser_.request();

	batch.requests++;
	requests_++;
	timing_ = false;
	if (batch.tracing)
		trace_head(head);
	if (request.framing == Framing::none ||
	    (request.framing == Framing::length && request.content_length == 0))
		return answer(config, head, batch);
	return begin_body(config, head, tail, batch);
}

// The reply waits for the end of the body, so that a request that is framed wrongly is refused.
kh_verdict Connection::begin_body(const khttpd_config &config, Bytes head, Bytes tail,
				  kh_batch &batch)
{
	const Request &request = parser_.request();

	if (request.framing == Framing::length &&
	    request.content_length > config.settings.max_body_size)
		return refuse_large(config, Status::content_too_large, head, batch);
	if (const kh_verdict kept = keep_head(head); kept != KH_CONTINUE)
		return kept;
	kh_conn_head_ended(socket_, &batch);
	if (request.expect_continue) {
		const Answer final = respond(config, request, head, socket_, batch);

		// The client holds its body back: a refusal spares it from sending
		// (RFC 9110 section 10.1.1).
		if (status_class(final.status) >= 4)
			return refuse(config, final.status, head, batch, &final);
		if (tail.empty())
			append_continue(batch);
	}
	since_ = kh_ticks();
	body_left_ = request.content_length;
	state_ = State::body_length;
	if (request.framing == Framing::chunked) {
		chunked_ = ChunkedDecoder();
		state_ = State::body_chunked;
	}
	return KH_CONTINUE;
}

kh_verdict Connection::take_body(const khttpd_config &config, Bytes &in, kh_batch &batch)
{
	if (state_ == State::body_chunked)
		return take_chunks(config, in, batch);
	usize taken = in.prefix(body_left_).size();

	in = in.drop(taken);
	batch.skipped += static_cast<u32>(taken);
	body_left_ -= taken;
	return body_left_ ? KH_CONTINUE : answer(config, saved_.bytes(), batch);
}

kh_verdict Connection::take_chunks(const khttpd_config &config, Bytes &in, kh_batch &batch)
{
	ChunkedDecoder::Step step = chunked_.feed(in, config.settings.max_body_size);

	in = in.drop(step.consumed);
	batch.skipped += step.data_bytes;
	if (step.outcome == ChunkedDecoder::Outcome::too_large)
		return refuse_large(config, Status::content_too_large, saved_.bytes(), batch);
	if (step.outcome == ChunkedDecoder::Outcome::bad)
		return refuse_malformed(config, Status::bad_request, saved_.bytes(), batch);
	if (step.outcome == ChunkedDecoder::Outcome::done)
		return answer(config, saved_.bytes(), batch);
	return KH_CONTINUE;
}

KH_FORCE_INLINE kh_verdict Connection::answer(const khttpd_config &config, Bytes head,
					      kh_batch &batch)
{
	const Request &request = parser_.request();
	const PreparedReply *page = usual_page(config, request, head);

	if (!page)
		return answer_otherwise(config, head, batch);
	close_ = is_last(config.settings);

	const u32 before = batch.size;
	const u32 content = append_prepared(batch, *page, connection_option(request, close_),
					    request.method != Method::head);
	reply_made(*config.top, head, page->status, batch.size - before, content, batch);
	return finish();
}

kh_verdict Connection::answer_otherwise(const khttpd_config &config, Bytes head, kh_batch &batch)
{
	const Request &request = parser_.request();
	const Answer answer = respond(config, request, head, socket_, batch);

	close_ = answer.close || is_last(config.settings);

	const Exchange exchange = exchange_of(*answer.place, head, batch);
	const u32 before = batch.size;
	Status status = answer.status;
	u64 content;

	if (const u32 seconds = counted_ || answer.denied ? 0 : must_wait(exchange))
		return refuse_for_now(exchange, seconds);
	counted_ = true;
	if (answer.file)
		return answer_file(exchange, answer);
	if (answer.prepared)
		content = append_prepared_with(answer.place->fields, batch, *answer.prepared,
					       exchange.option, exchange.with_content);
	else if (answer.redirect)
		status = append_redirect(exchange, *answer.redirect, answer.rest, saved_.empty(),
					 content);
	else
		content = append_status(batch,
					status_text(exchange, status, {"Allow"_b, answer.allow}));
	if (status == Status::none)
		return KH_FLUSH;
	reply_made(*answer.place, head, status, batch.size - before, content, batch);
	return finish();
}

// Makes the exchange of the request under way, for which close_ is set.
KH_FORCE_INLINE Exchange Connection::exchange_of(const Place &place, Bytes head,
						 kh_batch &batch) const
{
	const Request &request = parser_.request();

	return {place,
		head,
		request,
		connection_option(request, close_),
		request.method != Method::head,
		socket_,
		batch};
}

// The client asks too often (RFC 6585 section 4).
kh_verdict Connection::refuse_for_now(const Exchange &exchange, u32 seconds)
{
	const Status status = Status::too_many_requests;
	kh_batch &batch = exchange.batch;
	const u32 before = batch.size;
	u8 digits[kMaxDecimalSize];
	const ReplyField retry = {"Retry-After"_b, {digits, format_decimal(seconds, digits)}};

	kh_conn_trace_limit(socket_, KH_LIMIT_RATE);
	const u32 content = append_status(batch, status_text(exchange, status, retry));

	reply_made(exchange.place, exchange.head, status, batch.size - before, content, batch);
	return finish();
}

kh_verdict Connection::answer_file(const Exchange &exchange, const Answer &answer)
{
	kh_batch &batch = exchange.batch;
	const u32 before = batch.size;
	CachedReply reply;
	kh_verdict verdict = answer.route ? KH_RESOLVE : reply.make(exchange, answer.path);

	if (verdict == KH_RESOLVE) {
		if (const kh_verdict kept = keep_head(exchange.head); kept != KH_CONTINUE)
			return kept;
		kh_conn_head_ended(socket_, &batch);
		sought_ = {answer.place, answer.route, answer.place->generation};
		state_ = State::resolving;
		return KH_RESOLVE;
	}
	reply_made(exchange.place, exchange.head, reply.status, batch.size - before, reply.content,
		   batch, true);
	if (verdict == KH_CONTINUE)
		return finish();
	content_follows(reply.status, batch);
	state_ = State::sending;
	return verdict;
}

// The document root the request was for may be gone, as another configuration was applied since.
void Connection::resolve(const khttpd_config &config)
{
	const Request &request = parser_.request();

	reply_ = FileReply::create(config.settings.net, saved_.bytes(), request);
	rootless_ = reply_ && !reply_->resolve(config, saved_.bytes(), request, socket_, sought_);
	if (rootless_)
		drop_reply();
}

kh_verdict Connection::begin_reply(const khttpd_config &config, kh_batch &batch)
{
	const Place *known = reply_ ? reply_->place_in(config) : nullptr;
	const Place &place = known ? *known :
				     place_of(config, parser_.request(), saved_.bytes(), batch);
	const Exchange exchange = exchange_of(place, saved_.bytes(), batch);
	const u32 before = batch.size;

	if (reply_) {
		const kh_verdict verdict = reply_->begin(exchange);
		reply_made(place, exchange.head, reply_->status(),
			   batch.size - before + reply_->later(), reply_->content(), batch);
		if (verdict == KH_SEND)
			content_follows(reply_->status(), batch);
		return verdict;
	}
	u32 content = append_status(batch, status_text(exchange, Status::service_unavailable,
						       retry_field(Status::service_unavailable)));
	reply_made(place, exchange.head, Status::service_unavailable, batch.size - before, content,
		   batch);
	return KH_CONTINUE;
}

kh_verdict Connection::resume(const khttpd_config &config, kh_batch &batch)
{
	kh_verdict verdict = KH_CONTINUE;

	refresh_date(batch);
	if (state_ == State::resolving && rootless_)
		return answer(config, saved_.bytes(), batch);
	if (state_ == State::resolving) {
		verdict = begin_reply(config, batch);
		state_ = State::sending;
	} else {
		if (reply_)
			verdict = reply_->next(socket_, batch);
		batch.complete = verdict == KH_CONTINUE;
	}
	return verdict == KH_CONTINUE ? finish() : verdict;
}

void Connection::drop_reply()
{
	if (reply_)
		reply_->destroy();
	reply_ = nullptr;
}

// Ends a reply that is with TCP or in the batch, so that the next request may come.
KH_FORCE_INLINE kh_verdict Connection::finish()
{
	if (!saved_.empty())
		saved_.release(kh_conn_net(socket_));
	if (reply_)
		drop_reply();
	parser_.reset();
	counted_ = false;
	state_ = State::head;
	return close_ ? KH_CLOSE : KH_CONTINUE;
}

// Appends a reply after which the connection cannot go on, as the next request's place is unknown.
kh_verdict Connection::refuse(const khttpd_config &config, Status status, Bytes head,
			      kh_batch &batch, const Answer *answer)
{
	const Request &request = parser_.request();
	const bool head_only = request.method_name.size && request.method == Method::head;
	const Place &place = answer ? *answer->place : *config.top;
	const Bytes allow = answer ? answer->allow : Bytes();
	const u32 before = batch.size;
	refresh_date(batch);
	const u32 content = answer && answer->prepared ?
				    append_prepared_with(place.fields, batch, *answer->prepared,
							 ConnectionOption::close, !head_only) :
				    append_status(batch, {status,
							  {"Allow"_b, allow},
							  place,
							  ConnectionOption::close,
							  !head_only});
	reply_made(place, head, status, batch.size - before, content, batch);
	saved_.release(kh_conn_net(socket_));
	return KH_CLOSE;
}

} // namespace khttpd
