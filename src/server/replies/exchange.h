// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What a reply is made of and where it goes. All of it is borrowed for the length of a call in BH
 * context.
 */
#pragma once

#include "config/config.h"
#include "server/replies/append_reply.h"
#include "http/connection_option.h"
#include "http/request.h"
#include "kapi/kapi.h"

namespace khttpd {

struct Exchange {
	// What holds for the request.
	const Place &place;
	// The request's head, of which `request` is the parse.
	Bytes head;
	const Request &request;
	// What the Connection field of the reply says.
	ConnectionOption option;
	// HEAD gets the same head as GET and no content (RFC 9110 section 9.3.2).
	bool with_content;
	// Takes what is sent by reference.
	kh_conn *socket;
	// Takes what is copied.
	kh_batch &batch;
};

// The status's own text as a reply to the request.
inline ReplyText status_text(const Exchange &exchange, Status status, const ReplyField &field = {})
{
	return {status, field, exchange.place, exchange.option, exchange.with_content};
}

} // namespace khttpd
