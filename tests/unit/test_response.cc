// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/response_writer.h"

#include <cctype>
#include <cstring>

#include "http_listener.h"
#include "support.h"

namespace khttpd {

namespace {

constexpr Status kAllStatuses[] = {
	Status::continue_,
	Status::ok,
	Status::created,
	Status::accepted,
	Status::no_content,
	Status::partial_content,
	Status::multiple_choices,
	Status::moved_permanently,
	Status::found,
	Status::see_other,
	Status::not_modified,
	Status::temporary_redirect,
	Status::permanent_redirect,
	Status::bad_request,
	Status::unauthorized,
	Status::forbidden,
	Status::not_found,
	Status::method_not_allowed,
	Status::not_acceptable,
	Status::request_timeout,
	Status::conflict,
	Status::gone,
	Status::length_required,
	Status::precondition_failed,
	Status::content_too_large,
	Status::uri_too_long,
	Status::unsupported_media_type,
	Status::range_not_satisfiable,
	Status::expectation_failed,
	Status::teapot,
	Status::misdirected_request,
	Status::upgrade_required,
	Status::too_many_requests,
	Status::header_fields_too_large,
	Status::unavailable_for_legal_reasons,
	Status::internal_server_error,
	Status::not_implemented,
	Status::bad_gateway,
	Status::service_unavailable,
	Status::gateway_timeout,
	Status::version_not_supported,
	Status::insufficient_storage,
};

} // namespace

TEST_CASE("response: a head as it goes out")
{
	u8 out[256];
	HeadWriter writer(out);

	writer.status_line(Status::partial_content);
	writer.field("Content-Length"_b, u64{0});
	writer.field("Age"_b, kU64Max);
	writer.field("Server"_b, "khttpd"_b);
	writer.field("X"_b, Bytes());
	writer.content_range(1, 20, 300);
	writer.finish();
	writer.raw("body"_b);
	REQUIRE(writer.ok());
	CHECK(text_of(writer.written()) == "HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n"
					   "Age: 18446744073709551615\r\nServer: khttpd\r\nX: \r\n"
					   "Content-Range: bytes 1-20/300\r\n\r\nbody");
	CHECK(writer.size() == writer.written().size());
}

TEST_CASE("response: a head that does not fit is not there at all, whatever the size")
{
	const std::string whole = "HTTP/1.1 200 OK\r\nAllow: GET\r\nAge: 17\r\n\r\n";

	for (usize size = 0; size <= whole.size() + 3; size++) {
		std::vector<u8> out(size);
		HeadWriter writer(out);

		writer.status_line(Status::ok);
		writer.field("Allow"_b, "GET"_b);
		writer.field("Age"_b, u64{17});
		writer.finish();
		CAPTURE(size);
		CHECK(writer.ok() == (size >= whole.size()));
		CHECK(text_of(writer.written()) == (size >= whole.size() ? whole : ""));
	}
}

TEST_CASE("response: text from elsewhere cannot end a field")
{
	for (int c = 0; c < 256; c++) {
		const u8 value[] = {'a', static_cast<u8>(c), 'b'};
		u8 out[64];
		HeadWriter in_value(out);
		HeadWriter in_name(out);
		HeadWriter in_reason(out);

		CAPTURE(c);
		in_value.field("A"_b, Bytes(value, 3));
		CHECK(in_value.ok() == (c == '\t' || (c >= 0x20 && c != 0x7f)));
		in_name.field(Bytes(value, 3), "A"_b);
		CHECK(in_name.ok() == (isalnum(c) || (c > 0 && c < 128 &&
						      strchr("!#$%&'*+-.^_`|~", c) != nullptr)));
		in_reason.status_line(299, Bytes(value, 3));
		CHECK(in_reason.ok() == in_value.ok());
	}
	const std::string usual(20, 'v');
	for (usize place = 0; place < usual.size(); place++) {
		for (int c = 0; c < 256; c++) {
			std::string value = usual;
			u8 out[64];
			HeadWriter writer(out);

			value[place] = static_cast<char>(c);
			CAPTURE(place);
			CAPTURE(c);
			writer.field("A"_b, bytes_of(value));
			CHECK(writer.ok() == (c == '\t' || (c >= 0x20 && c != 0x7f)));
		}
	}
	u8 out[64];
	HeadWriter code(out);

	code.status_line(99, "No"_b);
	CHECK(!code.ok());
	HeadWriter name(out);

	name.field(Bytes(), "x"_b);
	CHECK(!name.ok());
}

TEST_CASE("response: every status has a reason, a class and its content rule")
{
	for (Status status : kAllStatuses) {
		CAPTURE(status_code(status));
		CHECK(!reason_phrase(status).empty());
		CHECK(status_class(status) == status_code(status) / 100u);
	}
	CHECK(status_has_no_content(Status::continue_));
	CHECK(status_has_no_content(Status::no_content));
	CHECK(status_has_no_content(Status::not_modified));
	CHECK(!status_has_no_content(Status::partial_content));
	CHECK(!status_has_no_content(Status::not_found));
	CHECK(reason_phrase(Status::none).empty());
	// Those that are not registered have one of their class.
	for (u16 code = 100; code < 600; code++)
		CHECK(!reason_phrase(static_cast<Status>(code)).empty());
	for (u16 code : {99, 600, 999})
		CHECK(reason_phrase(static_cast<Status>(code)).empty());
	CHECK(reason_phrase(static_cast<Status>(299)) == "Successful"_b);
	CHECK(reason_phrase(static_cast<Status>(499)) == "Client Error"_b);
	CHECK(reason_phrase(static_cast<Status>(599)) == "Server Error"_b);
}

#ifdef KH_HAVE_HTTP_PARSER
namespace {

std::string random_text(Random &random, const std::string &alphabet, usize size)
{
	std::string text;

	while (text.size() < size)
		text += alphabet[random.below(alphabet.size())];
	return text;
}

} // namespace

TEST_CASE("response: what the writer emits, http-parser reads back")
{
	const std::string token =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
	const std::string text = token + " !\"#$%&'()*+,./:;<=>?@[\\]^`{|}~";
	const http_parser_settings settings = listening_settings();
	Random random(3);

	for (int round = 0; round < 3000; round++) {
		const Status status = kAllStatuses[random.below(std::size(kAllStatuses))];
		const std::string content = random_text(random, text, random.below(40));
		std::vector<std::pair<std::string, std::string>> fields;
		std::vector<u8> out(8192);
		HeadWriter writer(out);
		http_parser parser;
		Heard heard;

		writer.status_line(status);
		for (u64 n = random.below(8); n > 0; n--) {
			std::string value = random_text(random, text, random.below(60));

			// White space around a value is not part of it.
			value = text_of(bytes_of("x" + value + "x"));
			fields.emplace_back("X-" + random_text(random, token, 1 + random.below(20)),
					    value);
			writer.field(bytes_of(fields.back().first), bytes_of(value));
		}
		if (!status_has_no_content(status)) {
			fields.emplace_back("Content-Length", std::to_string(content.size()));
			writer.field("Content-Length"_b, content.size());
		}
		writer.finish();
		if (!status_has_no_content(status))
			writer.raw(bytes_of(content));
		REQUIRE(writer.ok());

		http_parser_init(&parser, HTTP_RESPONSE);
		parser.data = &heard;
		const std::string message = text_of(writer.written());

		CAPTURE(message);
		CHECK(http_parser_execute(&parser, &settings, message.data(), message.size()) ==
		      message.size());
		CHECK((HTTP_PARSER_ERRNO(&parser) == HPE_OK));
		CHECK(heard.complete);
		CHECK(static_cast<u16>(parser.status_code) == status_code(status));
		CHECK(heard.reason == text_of(reason_phrase(status)));
		CHECK(heard.fields == fields);
		CHECK(heard.body == (status_has_no_content(status) ? "" : content));
	}
}
#endif

} // namespace khttpd
