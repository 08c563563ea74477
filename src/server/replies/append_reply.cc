// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/replies/append_reply.h"

#include "base/words.h"
#include "http/date.h"

namespace khttpd {

namespace {

// Beyond this the processor's string instruction is as fast.
constexpr usize kMostByWords = 512;

KH_FORCE_INLINE u8 *copy_to(u8 *out, Bytes bytes)
{
	if (bytes.size() - 8 <= kMostByWords - 8)
		copy_words(out, bytes.data(), bytes.size());
	else if (!bytes.empty())
		__builtin_memcpy(out, bytes.data(), bytes.size());
	return out + bytes.size();
}

void count_reply(kh_batch &batch, Status status)
{
	batch.replies[status_class(status)]++;
}

} // namespace

void refresh_date(kh_batch &batch)
{
	u64 now = kh_unix_seconds();

	static_assert(sizeof(batch.date) == kHttpDateSize);
	if (batch.date_second == now)
		return;
	format_http_date(now, batch.date);
	batch.date_second = now;
}

namespace {

KH_FORCE_INLINE u32 append(kh_batch &batch, const PreparedReply &reply, Bytes fields,
			   ConnectionOption option, bool with_content)
{
	u8 *begin = batch.data + batch.size;
	u8 *p = copy_to(begin, reply.head);

	__builtin_memcpy(begin + reply.date_offset, batch.date, sizeof(batch.date));
	if (!fields.empty())
		p = copy_to(p, fields);
	if (option != ConnectionOption::none)
		p = copy_to(p, connection_field(option));
	*p++ = '\r';
	*p++ = '\n';
	if (with_content)
		p = copy_to(p, reply.content);
	batch.size += static_cast<u32>(p - begin);
	count_reply(batch, reply.status);
	return with_content ? static_cast<u32>(reply.content.size()) : 0;
}

} // namespace

u32 append_prepared(kh_batch &batch, const PreparedReply &reply, ConnectionOption option,
		    bool with_content)
{
	return append(batch, reply, Bytes(), option, with_content);
}

u32 append_prepared_with(Bytes fields, kh_batch &batch, const PreparedReply &reply,
			 ConnectionOption option, bool with_content)
{
	return append(batch, reply, fields, option, with_content);
}

u32 finish_status(kh_batch &batch, HeadWriter &head, const ReplyText &reply)
{
	const Status status = reply.status;
	u8 content[kStatusTextSize];
	usize content_size = write_status_text(status, content);

	head.raw(reply.place.fields);
	if (!status_has_no_content(status)) {
		head.field("Content-Type"_b, "text/plain; charset=utf-8"_b);
		head.field("Content-Length"_b, content_size);
	}
	head.raw(connection_field(reply.option));
	head.finish();
	if (!reply.with_content || status_has_no_content(status))
		content_size = 0;
	head.raw({content, content_size});
	if (head.ok()) {
		batch.size += static_cast<u32>(head.size());
		count_reply(batch, status);
	}
	return static_cast<u32>(content_size);
}

u32 append_status(kh_batch &batch, const ReplyText &reply)
{
	HeadWriter head(batch_room(batch));

	head.begin(reply.status, batch_date(batch), reply.place.server_field);
	if (!reply.field.value.empty())
		head.field(reply.field.name, reply.field.value);
	return finish_status(batch, head, reply);
}

void append_continue(kh_batch &batch)
{
	Bytes text = "HTTP/1.1 100 Continue\r\n\r\n"_b;

	copy_to(batch.data + batch.size, text);
	batch.size += static_cast<u32>(text.size());
	count_reply(batch, Status::continue_);
}

} // namespace khttpd
