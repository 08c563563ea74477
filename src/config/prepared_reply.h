// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A reply rendered beforehand: its head without Connection and the empty line, and its content.
 * Sending it takes three copies, into which the time of day goes. It is immutable and borrowed from
 * its owner.
 */
#pragma once

#include <span>

#include "base/bytes.h"
#include "http/response_writer.h"

namespace khttpd {

struct PreparedReply {
	Bytes head;
	Bytes content;
	u16 date_offset = 0; // of Date's value in the head
	Status status = Status::none;
};

// The bytes of a prepared reply at most, its content included, and those of the fields that a place
// adds to it.
inline constexpr u32 kPreparedCapacity = 4096;
inline constexpr u32 kMaxFields = 2048;

struct ReplyField {
	Bytes name;
	Bytes value; // empty: there is no such field
};

// Retry-After for what may be had soon (RFC 9110 section 10.2.3), else no field.
ReplyField retry_field(Status status);

// Renders the head of a reply, whose status and content are given, into `out`: Server if wanted,
// `field` if it has a value, Content-Type unless `type` is empty, and the content's length. False
// when it does not fit there or into a batch.
bool prepare_reply(std::span<u8> out, const ReplyField &field, Bytes type, bool server_field,
		   PreparedReply &reply);

// Writes "404 Not Found\n" to `out`, of kStatusTextSize bytes; returns the size.
inline constexpr usize kStatusTextSize = 64;
usize write_status_text(Status status, u8 *out);

} // namespace khttpd
