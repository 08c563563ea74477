// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/prepared_reply.h"

#include "http/connection_option.h"
#include "http/date.h"

namespace khttpd {

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

ReplyField retry_field(Status status)
{
	if (status == Status::service_unavailable)
		return {"Retry-After"_b, "1"_b};
	return {};
}

bool prepare_reply(std::span<u8> out, const ReplyField &field, Bytes type, bool server_field,
		   PreparedReply &reply)
{
	HeadWriter head(out);

	reply.date_offset = static_cast<u16>(head_date_offset(reply.status));
	head.begin(reply.status, kAnyHttpDate, server_field);
	if (!field.value.empty())
		head.field(field.name, field.value);
	if (!type.empty())
		head.field("Content-Type"_b, type);
	if (!status_has_no_content(reply.status))
		head.field("Content-Length"_b, reply.content.size());
	reply.head = head.written();
	return head.ok() &&
	       reply.head.size() + kMaxConnectionField + "\r\n"_b.size() + reply.content.size() <=
		       kPreparedCapacity;
}

} // namespace khttpd
