// SPDX-License-Identifier: MIT OR GPL-2.0-only
// A connection's reading side in the smallest form: requests and their bodies, one after another.
#include "http/chunked.h"
#include "support.h"

namespace khttpd {

namespace {

// The default of max_body_size.
constexpr u64 kMaxBody = 1048576;

class StreamReader {
public:
	// All bytes since the beginning; false when the connection is at its end.
	bool read(Bytes all)
	{
		while (!closed_ && (in_body_ ? body(all) : head(all)))
			;
		return !closed_;
	}
	std::string finish(usize size)
	{
		if (!closed_ && (in_body_ || start_ < size))
			events_ += "more\n";
		return events_;
	}

private:
	bool head(Bytes all)
	{
		const Exact copy(all.drop(start_));
		const ParseResult result = parser_.parse(copy.bytes(), kDefaultLimits);
		const Request &request = parser_.request();

		if (result.outcome == ParseOutcome::need_more)
			return false;
		if (result.outcome == ParseOutcome::bad) {
			bad(result.status);
			return false;
		}
		describe(copy.bytes(), request);
		start_ += result.consumed;
		left_ = request.content_length;
		in_body_ = request.framing != Framing::none;
		chunks_.reset();
		if (!in_body_)
			next_request();
		return !closed_;
	}
	bool body(Bytes all)
	{
		const Exact rest(all.drop(start_));

		if (parser_.request().framing == Framing::length && left_ > kMaxBody) {
			bad(Status::content_too_large);
			return false;
		}
		if (parser_.request().framing == Framing::length) {
			const u64 here = rest.bytes().size() < left_ ? rest.bytes().size() : left_;

			start_ += here;
			left_ -= here;
			if (left_ != 0)
				return false;
			events_ +=
				"body " + std::to_string(parser_.request().content_length) + "\n";
			next_request();
			return true;
		}

		const ChunkedDecoder::Step step = chunks_.feed(rest.bytes(), kMaxBody);

		start_ += step.consumed;
		if (step.outcome == ChunkedDecoder::Outcome::too_large)
			bad(Status::content_too_large);
		if (step.outcome == ChunkedDecoder::Outcome::bad)
			bad(Status::bad_request);
		if (step.outcome != ChunkedDecoder::Outcome::done)
			return false;
		events_ += "body " + std::to_string(chunks_.total()) + "\n";
		next_request();
		return true;
	}
	void next_request()
	{
		closed_ = !parser_.request().keep_alive;
		in_body_ = false;
		parser_.reset();
	}
	void bad(Status status)
	{
		events_ += "bad " + std::to_string(status_code(status)) + "\n";
		closed_ = true;
	}
	void describe(Bytes head, const Request &request)
	{
		events_ += "request " + text_of(request.method_name.of(head)) + " " +
			   text_of(request.target.of(head)) + " 1." +
			   (request.version_minor != 0 ? "1" : "0") +
			   (request.keep_alive ? " keep-alive" : " close");
		if (request.framing == Framing::length)
			events_ += " length " + std::to_string(request.content_length);
		if (request.framing == Framing::chunked)
			events_ += " chunked";
		events_ += request.expect_continue ? " continue\n" : "\n";
	}

	RequestParser parser_;
	ChunkedDecoder chunks_;
	std::string events_;
	usize start_ = 0;
	u64 left_ = 0;
	bool in_body_ = false;
	bool closed_ = false;
};

} // namespace

std::string stream_events(const std::string &input, const std::vector<usize> &cuts)
{
	StreamReader reader;
	bool open = true;

	for (usize cut : cuts)
		open = open && reader.read(bytes_of(input).prefix(cut));
	if (open)
		reader.read(bytes_of(input));
	return reader.finish(input.size());
}

} // namespace khttpd
