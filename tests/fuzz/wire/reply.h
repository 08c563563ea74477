// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Reads what came on a connection as a sequence of HTTP/1.1 replies and checks what holds of every
// one: form, framing, and that content is what the site has.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fail.h"
#include "feedback.h"
#include "site.h"

namespace wire {

// How the stream ended: by the server's FIN, by a reset, or because we went.
enum class End : uint8_t { fin, reset, ours };

struct Head {
	unsigned status = 0;
	std::vector<std::pair<std::string, std::string>> fields;

	const std::string *field(std::string_view name) const
	{
		for (const auto &[key, value] : fields) {
			if (key == name)
				return &value;
		}
		return nullptr;
	}
	// -1 when it is not there or no number.
	long number(std::string_view name) const
	{
		const std::string *text = field(name);

		if (text == nullptr || text->empty() || text->size() > 12 ||
		    text->find_first_not_of("0123456789") != text->npos)
			return -1;
		return strtol(text->c_str(), nullptr, 10);
	}
	bool closes() const
	{
		const std::string *value = field("connection");
		return value != nullptr && *value == "close";
	}
};

inline bool is_token(std::string_view text)
{
	return !text.empty() &&
	       text.find_first_not_of("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz") ==
		       text.npos;
}

inline bool is_value(std::string_view text)
{
	return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// Takes the line apart that begins a reply.
inline unsigned status_of(std::string_view line)
{
	const bool formed = line.size() > 13 && line.substr(0, 9) == "HTTP/1.1 " &&
			    line[9] >= '1' && line[9] <= '5' && line[10] >= '0' &&
			    line[10] <= '9' && line[11] >= '0' && line[11] <= '9' &&
			    line[12] == ' ' && is_value(line.substr(13));

	check(formed, "a status line is malformed", line);
	return 100 * (line[9] - '0') + 10 * (line[10] - '0') + (line[11] - '0');
}

// `text` ends with the empty line.
inline Head head_of(std::string_view text)
{
	Head head;
	std::set<std::string> names;

	for (bool first = true;; first = false) {
		const size_t end = text.find("\r\n");
		const std::string_view line = text.substr(0, end);

		text.remove_prefix(end + 2);
		if (first) {
			head.status = status_of(line);
			continue;
		}
		if (line.empty())
			return head;
		const size_t colon = line.find(':');
		check(colon != line.npos, "a field has no colon", line);
		std::string name(line.substr(0, colon));
		std::string_view value = line.substr(colon + 1);

		std::transform(name.begin(), name.end(), name.begin(),
			       [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
		value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
		check(is_token(name) && is_value(value), "a field is malformed", line);
		check(names.insert(name).second, "a field is there twice", line);
		head.fields.emplace_back(std::move(name), value);
	}
}

class Replies {
public:
	Replies(const Site &site, Feedback &feedback) : site_(site), feedback_(feedback) {}

	// `sent` is what the server was sent: a reply to HEAD has no body.
	void judge(std::string_view received, std::string_view sent, End end)
	{
		const bool may_be_head = sent.find("HEAD ") != sent.npos;
		std::string before = "first";
		bool over = false;

		while (!received.empty()) {
			check(!over, "something follows a reply that closes", received);
			const size_t size = received.find("\r\n\r\n");

			if (size == received.npos) {
				check(end != End::fin, "the stream ends within a head", received);
				check(received.size() < 16384, "a head has no end", received);
				break;
			}
			const Head head = head_of(received.substr(0, size + 4));

			received.remove_prefix(size + 4);
			check_fields(head);
			over = head.closes();
			const long body = body_of(head, received, may_be_head, end);
			tell(head, body > 0, before);
			if (body < 0)
				break;
			received.remove_prefix(body);
			count++;
		}
		feedback_.seen("end " + before + std::to_string(static_cast<int>(end)));
	}

	size_t count = 0;

private:
	const Site &site_;
	Feedback &feedback_;

	static void check_fields(const Head &head)
	{
		const std::string line = "status " + std::to_string(head.status);

		check(head.field("transfer-encoding") == nullptr, "a reply is chunked", line);
		if (head.status < 200) {
			check(head.status == 100 && head.fields.empty(), "an odd interim reply",
			      line);
			return;
		}
		check(head.field("date") != nullptr, "a reply without Date", line);
		check(head.field("server") != nullptr, "a reply without Server", line);
		if (head.status == 204)
			check(head.field("content-length") == nullptr, "204 with a length", line);
		else if (head.status != 304)
			check(head.number("content-length") >= 0, "a reply without a length", line);
	}

	// The body's size, or -1 if it is not all there and need not be.
	long body_of(const Head &head, std::string_view rest, bool may_be_head, End end) const
	{
		if (head.status < 200 || head.status == 204 || head.status == 304)
			return 0;
		const size_t size = head.number("content-length");

		if (may_be_head && (rest.empty() || rest.substr(0, 9) == "HTTP/1.1 "))
			return 0;
		if (rest.size() < size) {
			check(end != End::fin, "the stream ends within a body", rest);
			return -1;
		}
		check_content(head, rest.substr(0, size));
		return static_cast<long>(size);
	}

	void check_content(const Head &head, std::string_view body) const
	{
		const std::string *type = head.field("content-type");
		const std::string kind = type == nullptr ? "" : *type;

		if (head.status == 206 && kind.find("multipart/byteranges; boundary=") == 0)
			check_parts(body, kind.substr(kind.find('=') + 1));
		else if (head.status == 206)
			check_range(head, body);
		else if (head.status != 200)
			check(site_.has(body) || is_text(body), "an odd text", body);
		else
			check(site_.has(body) || is_listing(kind, body), "content that no file has",
			      body);
	}

	void check_range(const Head &head, std::string_view body) const
	{
		const std::string *range = head.field("content-range");
		unsigned long first = 0, last = 0, size = 0;

		check(range != nullptr && sscanf(range->c_str(), "bytes %lu-%lu/%lu", &first, &last,
						 &size) == 3,
		      "a part without a range");
		check(first <= last && last < size && body.size() == last - first + 1,
		      "a part of another size than its range", *range);
		check(site_.has(body, first, size), "a part that no file has", *range);
	}

	void check_parts(std::string_view body, const std::string &boundary) const
	{
		const std::string line = "--" + boundary;

		if (body.substr(0, 2) == "\r\n")
			body.remove_prefix(2);
		while (body.substr(0, line.size() + 2) == line + "\r\n") {
			const size_t start = body.find("\r\n\r\n");
			const size_t end = body.find("\r\n" + line, start + 2);

			check(start != body.npos && end != body.npos, "a part has no end", body);
			// head_of() wants a line first; the fields are what counts here.
			const std::string fields(body.substr(line.size(), start + 4 - line.size()));
			check_range(head_of("HTTP/1.1 206 Part" + fields),
				    body.substr(start + 4, end - start - 4));
			body.remove_prefix(end + 2);
		}
		check(body == line + "--\r\n" || body == line + "--", "parts have no end", body);
	}

	static bool is_text(std::string_view body)
	{
		return std::all_of(body.begin(), body.end(), [](char c) {
			return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t';
		});
	}

	static bool is_listing(const std::string &type, std::string_view body)
	{
		return type.find("text/html") == 0 && body.substr(0, 15) == "<!DOCTYPE html>" &&
		       body.find("Index of ") != body.npos && is_text(body);
	}

	// The kind of a reply: its status and fields, and the status before it on the connection.
	void tell(const Head &head, bool has_body, std::string &before)
	{
		const std::string status = std::to_string(head.status);
		std::string kind = "reply " + status + (has_body ? " body" : "");

		for (const auto &[name, value] : head.fields) {
			kind += ' ' + name;
			if (name == "connection" || name == "content-encoding" || name == "allow" ||
			    name == "content-type")
				kind += '=' + value.substr(0, value.find(';'));
		}
		feedback_.seen(kind);
		feedback_.seen("after " + before + ' ' + status);
		before = status;
	}
};

} // namespace wire
