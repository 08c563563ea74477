// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A reply rendered beforehand: its head without Connection and the empty line, and its content.
 * Sending it is three copies, into which the time of day goes. Immutable; borrowed from its owner.
 */
#pragma once

#include "base/bytes.h"
#include "http/status.h"
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

struct ReplyText {
	Status status;
	ReplyField field; // what the status calls for besides: Allow, Location, Content-Range
	ConnectionOption option;
	bool with_content;
};

// Appends a reply whose content is its own reason phrase, e.g. an error. Same rules.
u32 append_status(kh_batch &batch, const ReplyText &reply);

// Appends 100 (Continue).
void append_continue(kh_batch &batch);

} // namespace khttpd
