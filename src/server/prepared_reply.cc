// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/prepared_reply.h"

#include "base/words.h"
#include "http/date.h"

namespace khttpd {

namespace {

constexpr Bytes kConnectionClose = "Connection: close\r\n"_b;
constexpr Bytes kConnectionKeepAlive = "Connection: keep-alive\r\n"_b;

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

Bytes connection_field(ConnectionOption option)
{
	switch (option) {
	case ConnectionOption::close:
		return kConnectionClose;
	case ConnectionOption::keep_alive:
		return kConnectionKeepAlive;
	case ConnectionOption::none:
		break;
	}
	return Bytes();
}

void refresh_date(kh_batch &batch)
{
	u64 now = kh_unix_seconds();

	static_assert(sizeof(batch.date) == kHttpDateSize);
	if (batch.date_second == now)
		return;
	format_http_date(now, batch.date);
	batch.date_second = now;
}

u32 append_prepared(kh_batch &batch, const PreparedReply &reply, ConnectionOption option,
		    bool with_content)
{
	u8 *begin = batch.data + batch.size;
	u8 *p = copy_to(begin, reply.head);

	__builtin_memcpy(begin + reply.date_offset, batch.date, sizeof(batch.date));
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

usize write_status_text(Status status, u8 *out)
{
	Bytes reason = reason_phrase(status);
	usize n = format_decimal(status_code(status), out);

	out[n++] = ' ';
	__builtin_memcpy(&out[n], reason.data(), reason.size());
	n += reason.size();
	out[n++] = '\n';
	return n;
}

bool prepare_reply(std::span<u8> out, const ReplyField &field, Bytes type, PreparedReply &reply)
{
	HeadWriter head(out);
	u8 date[kHttpDateSize];

	format_http_date(0, date);
	head.status_line(reply.status);
	reply.date_offset = static_cast<u16>(head.size() + "Date: "_b.size());
	head.field("Date"_b, {date, sizeof(date)});
	head.field("Server"_b, "khttpd"_b);
	if (!field.value.empty())
		head.field(field.name, field.value);
	if (!type.empty())
		head.field("Content-Type"_b, type);
	if (!status_has_no_content(reply.status))
		head.field("Content-Length"_b, reply.content.size());
	reply.head = head.written();
	return head.ok() && reply.head.size() + kConnectionKeepAlive.size() + "\r\n"_b.size() +
					    reply.content.size() <=
				    kReplyCapacity;
}

void begin_status(const kh_batch &batch, HeadWriter &head, Status status)
{
	head.status_line(status);
	head.field("Date"_b, {batch.date, sizeof(batch.date)});
	head.field("Server"_b, "khttpd"_b);
}

u32 finish_status(kh_batch &batch, HeadWriter &head, Status status, ConnectionOption option,
		  bool with_content)
{
	u8 content[kStatusTextSize];
	usize content_size = write_status_text(status, content);

	if (!status_has_no_content(status)) {
		head.field("Content-Type"_b, "text/plain; charset=utf-8"_b);
		head.field("Content-Length"_b, content_size);
	}
	head.raw(connection_field(option));
	head.finish();
	if (!with_content || status_has_no_content(status))
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
	HeadWriter head({batch.data + batch.size, batch.capacity - batch.size});

	begin_status(batch, head, reply.status);
	if (!reply.field.value.empty())
		head.field(reply.field.name, reply.field.value);
	return finish_status(batch, head, reply.status, reply.option, reply.with_content);
}

ReplyField retry_field(Status status)
{
	if (status == Status::service_unavailable)
		return {"Retry-After"_b, "1"_b};
	return {};
}

void append_continue(kh_batch &batch)
{
	Bytes text = "HTTP/1.1 100 Continue\r\n\r\n"_b;

	copy_to(batch.data + batch.size, text);
	batch.size += static_cast<u32>(text.size());
	count_reply(batch, Status::continue_);
}

} // namespace khttpd
