// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/access_log.h"

#include "base/text_writer.h"
#include "http/date.h"
#include "server/replies/client.h"

namespace khttpd {

namespace {

kh_log_text log_text(Slice slice, bool known, Bytes head)
{
	Bytes bytes = slice.of(head);

	return known ? kh_log_text{bytes.data(), static_cast<u32>(bytes.size())} : kh_log_text{};
}

// The letter after the backslash for what has one, else 0.
char log_escape_letter(u8 c)
{
	switch (c) {
	case '"':
	case '\\':
		return static_cast<char>(c);
	case '\b':
		return 'b';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	case '\v':
		return 'v';
	default:
		return 0;
	}
}

// As Apache's mod_log_config writes what a client sent: one line stays one line, a quote ends no
// field, and a terminal takes nothing for a command.
void log_put_escaped(TextWriter &out, Bytes text)
{
	constexpr char digits[] = "0123456789abcdef";

	for (u8 c : text) {
		char letter = log_escape_letter(c);

		if (letter)
			out.put('\\').put(letter);
		else if (c < 0x20 || c >= 0x7f)
			out.text("\\x").put(digits[c >> 4]).put(digits[c & 15]);
		else
			out.put(static_cast<char>(c));
	}
}

// 14/Nov/2023:22:13:20 +0000
void log_put_time(TextWriter &out, u64 second)
{
	u8 date[kHttpDateSize];
	Bytes text(date, sizeof(date));

	// Sun, 06 Nov 1994 08:49:37 GMT
	format_http_date(second, date);
	out.bytes(text.sub(5, 2)).put('/').bytes(text.sub(8, 3)).put('/').bytes(text.sub(12, 4));
	out.put(':').bytes(text.sub(17, 8)).text(" +0000");
}

// Walks over the parts of a record in their order.
class LogParts {
public:
	explicit LogParts(const kh_log_record &record) : record_(record) {}

	bool known(kh_log_part part) const { return (record_.known >> part & 1) != 0; }
	// Writes the next part, with dots where its end was cut.
	void put(TextWriter &out, kh_log_part part)
	{
		log_put_escaped(out, {record_.text + at_, record_.size[part]});
		at_ += record_.size[part];
		if (record_.cut >> part & 1)
			out.text("...");
	}
	void put_quoted(TextWriter &out, kh_log_part part)
	{
		out.put('"');
		if (known(part))
			put(out, part);
		else
			out.put('-');
		out.put('"');
	}

private:
	const kh_log_record &record_;
	usize at_ = 0;
};

// The request line as far as it is known; what follows an unknown part is unknown as well.
void log_put_request(TextWriter &out, LogParts &parts, u8 version)
{
	out.put('"');
	if (parts.known(KH_LOG_METHOD))
		parts.put(out, KH_LOG_METHOD);
	else
		out.put('-');
	if (parts.known(KH_LOG_TARGET)) {
		out.put(' ');
		parts.put(out, KH_LOG_TARGET);
	}
	if (version)
		out.text(version == 10 ? " HTTP/1.0" : " HTTP/1.1");
	out.put('"');
}

} // namespace

void log_reply(kh_batch &batch, const Place &place, const kh_conn *socket, const Request &request,
	       Bytes head, Status status, u64 content)
{
	kh_log_reply reply = {};
	const Slice method = request.method_name, target = request.target;

	reply.second = batch.date_second;
	reply.content = content;
	client_address(place, request, head, socket, batch.work, reply.address);
	reply.status = status_code(status);
	// The fields begin where a request line ends that is good.
	if (request.field_section.present())
		reply.version = request.version_minor ? 11 : 10;
	reply.parts[KH_LOG_METHOD] = log_text(method, method.size != 0, head);
	reply.parts[KH_LOG_TARGET] = log_text(target, target.present(), head);
	reply.parts[KH_LOG_REFERER] =
		log_text(request.field(Field::referer), request.has(Field::referer), head);
	reply.parts[KH_LOG_AGENT] =
		log_text(request.field(Field::user_agent), request.has(Field::user_agent), head);
	kh_log_write(batch.log, &reply);
}

} // namespace khttpd

extern "C" size_t khttpd_log_line(const kh_log_record *record, const char *host, char *out,
				  size_t size) noexcept
{
	khttpd::TextWriter line({out, size});
	khttpd::LogParts parts(*record);

	line.text(host).text(" - - [");
	khttpd::log_put_time(line, record->second);
	line.text("] ");
	khttpd::log_put_request(line, parts, record->version);
	line.put(' ').number(record->status).put(' ');
	if (record->content)
		line.number(record->content);
	else
		line.put('-');
	line.put(' ');
	parts.put_quoted(line, KH_LOG_REFERER);
	line.put(' ');
	parts.put_quoted(line, KH_LOG_AGENT);
	line.put('\n');
	return line.size();
}
