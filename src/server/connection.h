// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The HTTP side of one connection, which frames requests, has them answered and keeps the time. It
 * lives in kh_conn's private area. Every call but resolve() and release() is made with the socket's
 * spinlock held in BH context (kapi/net/conn_run.c).
 */
#pragma once

#include "base/bytes.h"
#include "http/chunked.h"
#include "http/proxy_header.h"
#include "http/request_parser.h"
#include "kapi/kapi.h"
#include "server/files/file_reply.h"
#include "server/head_buffer.h"
#include "server/responder.h"

namespace khttpd {

class Connection {
public:
	explicit Connection(kh_conn *socket, const khttpd_config &config);

	// Takes input in place; `used` is set to the bytes taken.
	kh_verdict input(const khttpd_config &config, Bytes in, usize &used, kh_batch &batch);
	kh_verdict timeout(const khttpd_config &config, kh_batch &batch);
	// Does what may sleep for a reply. Process context, without a lock.
	void resolve(const khttpd_config &config);
	// Goes on after KH_SEND or KH_RESOLVE.
	kh_verdict resume(const khttpd_config &config, kh_batch &batch);
	// Sets the deadline of what is awaited now, after a run in which input was taken.
	void arm_deadline(const kh_settings &settings);
	// True between requests, when no reply is owed.
	bool idle() const { return state_ == State::head ? !parser_.started() : awaits_client(); }
	// Frees what the connection holds. Process context, without a lock.
	void release()
	{
		saved_.release(kh_conn_net(socket_));
		drop_reply();
	}

private:
	enum class State : u8 {
		head,
		body_length,
		body_chunked,
		resolving, // the work item looks for the file
		sending,   // content is attached
		proxy,	   // its PROXY header is awaited
		proxy_rest,
	};

	// True until a proxy has told whose connection it is.
	bool awaits_client() const { return state_ >= State::proxy; }
	kh_verdict take_proxy(const khttpd_config &config, Bytes &in, kh_batch &batch);
	kh_verdict take_proxy_header(const khttpd_config &config, Bytes &in);
	kh_verdict end_proxy_header(const kh_settings &settings);
	kh_verdict refuse_proxy(const kh_settings &settings);
	kh_verdict take_head(const khttpd_config &config, Bytes &in, kh_batch &batch);
	// The whole head, for as long as it is asked for; see HeadBuffer::append().
	kh_verdict keep_head(Bytes head)
	{
		return saved_.empty() ? saved_.append(kh_conn_net(socket_), head) : KH_CONTINUE;
	}
	kh_verdict take_head_back(kh_verdict verdict, Bytes whole, Bytes &in, kh_batch &batch);
	kh_verdict continue_head(const khttpd_config &config, const HeadLimits &limits, Bytes &in,
				 kh_batch &batch);
	kh_verdict refuse_head(const khttpd_config &config, Status status, Bytes head, Bytes &in,
			       kh_batch &batch);
	void trace_head(Bytes head);
	kh_verdict head_done(const khttpd_config &config, Bytes head, Bytes tail, kh_batch &batch);
	kh_verdict begin_body(const khttpd_config &config, Bytes head, Bytes tail, kh_batch &batch);
	kh_verdict take_body(const khttpd_config &config, Bytes &in, kh_batch &batch);
	kh_verdict take_chunks(const khttpd_config &config, Bytes &in, kh_batch &batch);
	kh_verdict answer(const khttpd_config &config, Bytes head, kh_batch &batch);
	kh_verdict answer_otherwise(const khttpd_config &config, Bytes head, kh_batch &batch);
	// True when the connection is closed after the reply to this request.
	bool is_last(const kh_settings &settings) const
	{
		return !parser_.request().keep_alive || requests_ >= settings.max_requests ||
		       settings.keepalive_timeout == 0 || settings.drain_;
	}
	Exchange exchange_of(const Place &place, Bytes head, kh_batch &batch) const;
	kh_verdict refuse_for_now(const Exchange &exchange, u32 seconds);
	kh_verdict answer_file(const Exchange &exchange, const Answer &answer);
	kh_verdict begin_reply(const khttpd_config &config, kh_batch &batch);
	kh_verdict finish();
	void drop_reply();
	kh_verdict refuse(const khttpd_config &config, Status status, Bytes head, kh_batch &batch,
			  const Answer *answer = nullptr);
	// As refuse(), and it is counted and told: what is not as it should be,
	kh_verdict refuse_malformed(const khttpd_config &config, Status status, Bytes head,
				    kh_batch &batch);
	// and what is larger than it may be.
	kh_verdict refuse_large(const khttpd_config &config, Status status, Bytes head,
				kh_batch &batch);
	void reply_made(const Place &place, Bytes head, Status status, u64 sent, u64 content,
			kh_batch &batch, bool cached = false);
	void trace_reply(const Place &place, u64 sent, Status status, bool softirq, bool cached);
	void count_content(u64 content, kh_batch &batch);
	void content_follows(Status status, kh_batch &batch);

	RequestParser parser_;
	union {
		ChunkedDecoder chunked_{}; // of State::body_chunked
		Sought sought_;		   // of State::resolving
		ProxyAdditions additions_; // of State::proxy_rest
	};
	kh_conn *socket_;
	// Keeps the head so far, when it did not come in one piece or its body is still to come.
	HeadBuffer saved_;
	FileReply *reply_ = nullptr; // owned
	u64 body_left_ = 0;	     // bytes of the body or the PROXY header still to come
	unsigned long since_; // ticks: accept, or begin of the head or body that is incomplete
	u64 started_ns_ = 0;  // of the request, when traced
	u32 requests_ = 0;
	State state_ = State::head;
	bool rootless_ : 1 = false; // nothing had to be looked for
	bool counted_ : 1 = false;  // the request under way is, against a rate
	bool close_ = false;	    // after the reply under way
	bool timing_ = true;	    // since_ counts for the head that is awaited or incomplete
};

static_assert(sizeof(Connection) <= KH_CONN_PRIVATE_SIZE);

} // namespace khttpd
