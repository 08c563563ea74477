// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Appends replies to a batch: what was prepared, or a status with its own reason phrase. In a run,
 * BH context.
 */
#pragma once

#include "config/places/place.h"
#include "config/prepared_reply.h"
#include "http/connection_option.h"
#include "kapi/kapi.h"

namespace khttpd {

// What Date says now; refresh_date() was called in this run.
inline Bytes batch_date(const kh_batch &batch)
{
	return {batch.date, sizeof(batch.date)};
}

// The room behind the replies that are in the batch.
inline std::span<u8> batch_room(kh_batch &batch)
{
	return {batch.data + batch.size, batch.capacity - batch.size};
}

// Brings the batch's Date up to the second. Once a run.
void refresh_date(kh_batch &batch);

// Appends the reply; the batch has room for it. Returns the bytes of content in it.
u32 append_prepared(kh_batch &batch, const PreparedReply &reply, ConnectionOption option,
		    bool with_content);

// Appends it with a place's fields; the batch has room for both. As above.
u32 append_prepared_with(Bytes fields, kh_batch &batch, const PreparedReply &reply,
			 ConnectionOption option, bool with_content);

struct ReplyText {
	Status status;
	ReplyField field; // what the status calls for besides: Allow, Retry-After, Content-Range
	const Place &place;
	ConnectionOption option;
	bool with_content;
};

// Ends such a reply, whose head was begun in the batch's room and has had its field written. Adds
// to the batch what fitted as a whole, else nothing; returns the size of its content.
u32 finish_status(kh_batch &batch, HeadWriter &head, const ReplyText &reply);

// Appends a reply whose content is its own reason phrase, e.g. an error. Same rules.
u32 append_status(kh_batch &batch, const ReplyText &reply);

// Appends 100 (Continue).
void append_continue(kh_batch &batch);

} // namespace khttpd
