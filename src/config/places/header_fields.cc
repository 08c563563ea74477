// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/header_fields.h"

#include "config/prepared_reply.h"
#include "http/chars.h"
#include "http/response_writer.h"

namespace khttpd {

namespace {

struct OwnField {
	Bytes name; // in lower case
	const char *reason;
};

// What the server says itself. A second one would say something else, or end a reply elsewhere
// (RFC 9112 section 6.3).
constexpr OwnField kOwnFields[] = {
	{"connection"_b, "is about the connection"},
	{"keep-alive"_b, "is about the connection"},
	{"upgrade"_b, "is about the connection"},
	{"te"_b, "is a field of requests"},
	{"trailer"_b, "announces trailers, which are not sent"},
	{"transfer-encoding"_b, "tells where a reply ends"},
	{"content-length"_b, "tells where a reply ends"},
	{"content-range"_b, "is sent with ranges"},
	{"content-encoding"_b, "depends on the file that is sent"},
	{"content-type"_b, "depends on the name of the file"},
	{"accept-ranges"_b, "comes with files"},
	{"etag"_b, "comes with files"},
	{"last-modified"_b, "comes with files"},
	{"date"_b, "is set from the clock"},
	{"server"_b, "is set by the server: use server_field"},
	{"location"_b, "belongs to redirections: use redirect"},
	{"retry-after"_b, "belongs to replies: use retry=SECONDS"},
	{"allow"_b, "lists the allowed methods: use methods"},
	{"cache-control"_b, "has its own setting: use cache_control"},
	{"proxy-authenticate"_b, "asks for a password that nobody here checks"},
	{"www-authenticate"_b, "asks for a password that nobody here checks"},
};

const char *reason_of(Bytes name)
{
	for (const OwnField &own : kOwnFields) {
		if (equals_ignore_case(name, own.name))
			return own.reason;
	}
	return nullptr;
}

bool same_name(Bytes a, Bytes b)
{
	if (a.size() != b.size())
		return false;
	for (usize i = 0; i < a.size(); i++) {
		if (to_lower(a[i]) != to_lower(b[i]))
			return false;
	}
	return true;
}

TextWriter &fail(Mistakes &mistakes)
{
	return mistakes.fail(-kEINVAL).text("header: ");
}

// A value begins and ends with something to see (RFC 9110 section 5.5).
bool is_value(Bytes text)
{
	return !text.empty() && is_text(text) && !is_ows(text[0]) && !is_ows(text.back());
}

} // namespace

void HeaderFields::remove(Bytes name)
{
	usize left = 0;

	for (const Field &field : std::span(fields_, count_)) {
		if (!same_name(field.name, name))
			fields_[left++] = field;
	}
	count_ = left;
}

void HeaderFields::read(std::span<const Bytes> words, ConfigMemory &memory, Mistakes &mistakes)
{
	const bool takes = !words.empty() && words[0] == "remove"_b;
	const bool sets = !words.empty() && words[0] == "set"_b;

	if (!takes && !sets && (words.empty() || words[0] != "add"_b)) {
		fail(mistakes).text("must be set NAME VALUE, add NAME VALUE or remove NAME");
		return;
	}
	if (words.size() != (takes ? 2u : 3u)) {
		fail(mistakes).bytes(words[0]).text(
			takes ? " must be followed by a name" :
				" must be followed by a name and a value");
		return;
	}
	const Bytes name = words[1];
	if (name.empty() || !is_token(name)) {
		fail(mistakes).bytes(name.prefix(64)).text(" is not the name of a field");
		return;
	}
	if (const char *reason = reason_of(name)) {
		fail(mistakes).bytes(name).text(" ").text(reason);
		return;
	}
	if (!takes && !is_value(words[2])) {
		fail(mistakes)
			.bytes(name.prefix(64))
			.text(" has no value, or one with a space at its ends or a control "
			      "character");
		return;
	}
	if (takes || sets)
		remove(name);
	if (takes)
		return;
	if (count_ == kMost) {
		fail(mistakes).text("a section has more than ").number(kMost).text(" fields");
		return;
	}
	fields_[count_++] = {memory.keep(name, mistakes), memory.keep(words[2], mistakes)};
}

Bytes HeaderFields::render(ConfigMemory &memory, Mistakes &mistakes) const
{
	if (count_ == 0)
		return Bytes();
	Arena &arena = memory.arena(kMaxFields, mistakes);
	const std::span<u8> room = arena.room();
	HeadWriter out(room.first(room.size() < kMaxFields ? room.size() : kMaxFields));

	for (const Field &field : std::span(fields_, count_))
		out.field(field.name, field.value);
	if (!out.ok())
		fail(mistakes)
			.text("the fields of a section are longer than ")
			.number(kMaxFields)
			.text(" bytes");
	return arena.keep(out.written().size());
}

} // namespace khttpd
