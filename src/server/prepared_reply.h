// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A reply rendered beforehand: its head without Connection and the empty line, and its content.
 * Sending it is three copies, into which the time of day goes. Immutable; borrowed from its owner.
 */
#pragma once

#include <span>

#include "base/bytes.h"
#include "http/response_writer.h"
#include "kapi/kapi.h"

namespace khttpd {

// Every head begins with the status line and Date, so that the date's place is known.
struct PreparedReply {
	Bytes head;
	Bytes content;
	u16 date_offset = 0;
	Status status = Status::none;
};

// What Connection has to say (RFC 9112 section 9.3 and 9.6).
enum class ConnectionOption : u8 {
	none,
	close,
	keep_alive,
};

// The field with its CRLF, or nothing.
Bytes connection_field(ConnectionOption option);

// Room that one reply takes in a batch at most, content copied into it included.
inline constexpr u32 kReplyCapacity = 4096;

// Brings the batch's Date up to the second. Once a run.
void refresh_date(kh_batch &batch);

// Appends the reply; the batch has room for kReplyCapacity. Returns the bytes of content in it.
u32 append_prepared(kh_batch &batch, const PreparedReply &reply, ConnectionOption option,
		    bool with_content);

struct ReplyField {
	Bytes name;
	Bytes value; // empty: no such field
};

// Retry-After for what may be had soon (RFC 9110 section 10.2.3), else no field.
ReplyField retry_field(Status status);

// Renders the head of a reply, whose status and content are given, into `out`: `field` if it has a
// value, Content-Type unless `type` is empty, and the content's length. False when it does not fit
// there or into a batch.
bool prepare_reply(std::span<u8> out, const ReplyField &field, Bytes type, PreparedReply &reply);

// Writes "404 Not Found\n" to `out`, of kStatusTextSize bytes; returns the size.
inline constexpr usize kStatusTextSize = 64;
usize write_status_text(Status status, u8 *out);

struct ReplyText {
	Status status;
	ReplyField field; // what the status calls for besides: Allow, Retry-After, Content-Range
	ConnectionOption option;
	bool with_content;
};

// The beginning and the end of such a reply, between which fields are written. `head` has the
// batch's room; finish_status() adds to the batch what fitted as a whole, else nothing, and returns
// the size of its content.
void begin_status(const kh_batch &batch, HeadWriter &head, Status status);
u32 finish_status(kh_batch &batch, HeadWriter &head, Status status, ConnectionOption option,
		  bool with_content);

// Appends a reply whose content is its own reason phrase, e.g. an error. Same rules.
u32 append_status(kh_batch &batch, const ReplyText &reply);

// Appends 100 (Continue).
void append_continue(kh_batch &batch);

} // namespace khttpd
