// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/routes.h"

#include "base/arena.h"
#include "http/chars.h"
#include "http/content_type.h"
#include "http/location.h"
#include "http/target.h"
#include "base/errno.h"
#include "config/text/setting_words.h"

namespace khttpd {

namespace {

constexpr usize kMaxRouteText = 2048;
// A longer number is not taken for a status that is out of range.
constexpr usize kMaxStatusDigits = 9;
// The bytes of a head's fixed part and of the text of a redirection.
constexpr usize kRouteRoom = 512;
constexpr u64 kMaxRetry = 31536000;

enum class RouteForm : u8 {
	none,
	alone,
	redirect,
	content,
};

struct RouteRule {
	u16 first, last;
	RouteForm form;
	const char *reason; // of those that a fixed reply cannot have
};

// The first that a status is within holds. RFC 9110 section 15 wants fields with some that are not
// known here, or makes them the answer to something in the request.
constexpr RouteRule kRouteRules[] = {
	{204, 205, RouteForm::alone, nullptr},
	{206, 206, RouteForm::none, "answers a Range field, as files do: use 200"},
	{200, 203, RouteForm::content, nullptr},
	{304, 304, RouteForm::none, "answers a condition of the request, as files do: use 200"},
	{301, 303, RouteForm::redirect, nullptr},
	{307, 308, RouteForm::redirect, nullptr},
	{401, 401, RouteForm::none,
	 "needs a challenge (WWW-Authenticate), and the server cannot check the password: use 403"},
	{405, 405, RouteForm::none,
	 "needs the allowed methods (Allow), and routes answer GET: use 403 or 404"},
	{407, 407, RouteForm::none, "is for proxies, and needs Proxy-Authenticate: use 403"},
	{416, 416, RouteForm::none, "answers a Range field, as files do: use 404"},
	{426, 426, RouteForm::none,
	 "needs a protocol to switch to (Upgrade), and there is none: use 403"},
	{400, 599, RouteForm::content, nullptr},
	{200, 599, RouteForm::none,
	 "is not possible here: content needs 200 to 203 or 400 to 599, an address 301, 302, 303, "
	 "307 or 308"},
};

const RouteRule &route_rule(Status status)
{
	for (const RouteRule &rule : kRouteRules) {
		if (status_code(status) >= rule.first && status_code(status) <= rule.last)
			return rule;
	}
	return kRouteRules[std::size(kRouteRules) - 1];
}

// Those that RFC 9110 section 10.2.3 and RFC 6585 section 4 speak of.
bool may_have_retry(Status status)
{
	return status == Status::content_too_large || status == Status::too_many_requests ||
	       status == Status::service_unavailable;
}

} // namespace

TextWriter &RouteReader::fail()
{
	TextWriter &out = mistakes_.fail(-kEINVAL).text(what_).text(": ");

	return entry_ ? out.text("entry ").number(entry_).text(": ") : out;
}

const Route *RouteReader::read_reply(std::span<const Bytes> words, Texts texts, bool draining)
{
	draining_ = draining;
	Route *route = memory_.make<Route>(1, mistakes_);

	return route && read_words(words, texts, *route) ? route : nullptr;
}

bool RouteReader::read_words(std::span<const Bytes> words, Texts texts, Route &route)
{
	if (words.empty()) {
		fail().text("has no status");
		return false;
	}
	if (!read_status(words[0], route))
		return false;
	const RouteForm form = route_rule(route.status).form;
	const bool retry = form == RouteForm::content && may_have_retry(route.status);
	const bool drain = form == RouteForm::content && status_code(route.status) < 300;
	const char *wanted = form == RouteForm::alone	 ? "nothing, because it has no content" :
			     form == RouteForm::redirect ? "an address" :
			     retry ? "a type, 'TEXT' or file:/NAME, and optionally retry=SECONDS" :
			     drain ? "a type, 'TEXT' or file:/NAME, and optionally drain=503" :
				     "a type, and 'TEXT' or file:/NAME";
	const usize least = form == RouteForm::alone ? 1 : form == RouteForm::redirect ? 2 : 3;

	if (words.size() < least || words.size() > least + (retry || drain)) {
		fail().bytes(words[0]).text(" must be followed by ").text(wanted);
		return false;
	}
	if (form == RouteForm::alone)
		return prepare({}, Bytes(), route);
	if (form == RouteForm::redirect)
		return read_address(words[1], route);
	if (words.size() > least &&
	    !(drain ? read_drain(words[least], route) : read_retry(words[least], route)))
		return false;
	return read_type(words[1], route) && read_content(words[2], texts, route);
}

const Route *RouteReader::read_redirect(std::span<const Bytes> words, bool prefix)
{
	const bool query = words.size() == 3 && words[2] == "query"_b;
	Route *route = memory_.make<Route>(1, mistakes_);

	if (!route || words.size() < 2 || words.size() > 2 + usize{query}) {
		fail().text("an address must be followed by a status, and optionally by the word "
			    "query");
		return nullptr;
	}
	if (!read_status(words[1], *route))
		return nullptr;
	if (route_rule(route->status).form != RouteForm::redirect) {
		fail().text("status ").bytes(words[1]).text(
			" does not redirect: use 301, 302, 303, 307 or 308");
		return nullptr;
	}
	const Bytes address = words[0];
	const bool star = !address.empty() && address.back() == '*';
	if (address.starts_with("//"_b)) {
		fail().shown(address).text(" names a host without a scheme: start with https:// or "
					   "http://, or with one slash");
		return nullptr;
	}
	// What is put there must neither go on a host's name nor add to a query.
	if (star && !(address.ends_with("/*"_b) && address.find('?') == address.size())) {
		fail().shown(address).text(" has a * that does not follow a slash of the path");
		return nullptr;
	}
	if (star && !prefix) {
		fail().bytes(address.prefix(64))
			.text(" ends in *, which stands for the rest of a path: write that path as "
			      "/PREFIX/*");
		return nullptr;
	}
	route->target = memory_.keep(address.prefix(address.size() - star), mistakes_);
	route->rest = star;
	route->query = star || query;
	if (route->query && route->target.find('#') != route->target.size()) {
		fail().bytes(address.prefix(64))
			.text(" has a fragment (#), after which nothing can be added");
		return nullptr;
	}
	return read_address(route->target, *route) ? route : nullptr;
}

Bytes RouteReader::read_path(Bytes word)
{
	const bool plain = word.find('?') == word.size() && word.find('#') == word.size();
	const bool rooted = !word.empty() && word[0] == '/';
	Arena &arena = memory_.arena(word.size() + 2, mistakes_);
	const NormalizedPath path = normalize_path(word, arena.room());

	if (!rooted || !plain || path.status != Status::none) {
		fail().bytes(word.prefix(64))
			.text(!rooted ? " does not begin with /" :
			      !plain  ? " is more than a path: it has a ? or #" :
					" is not a path that a request can have");
		return Bytes();
	}
	if (path.path.size() > kMaxRoutePath) {
		fail().text("the path is longer than ").number(kMaxRoutePath).text(" bytes");
		return Bytes();
	}
	arena.take(path.path.size() + 1);
	return path.path;
}

bool RouteReader::read_status(Bytes word, Route &route)
{
	u64 code;

	if (word.size() > kMaxStatusDigits || !read_decimal(word, code)) {
		fail().bytes(word.prefix(64)).text(" is not a status: 200..599");
		return false;
	}
	if (code < 200 || code > 599) {
		fail().text("status ").bytes(word).text(" is out of range: 200..599");
		return false;
	}
	route.status = static_cast<Status>(code);
	const RouteRule &rule = route_rule(route.status);
	if (rule.form == RouteForm::none) {
		fail().text("status ").bytes(word).text(" ").text(rule.reason);
		return false;
	}
	return true;
}

// Adds the charset as a file's type has it, unless the type brings parameters along.
bool RouteReader::read_type(Bytes word, Route &route)
{
	if (!valid_media_type(word) || word.size() > kMaxRouteType) {
		fail().bytes(word.prefix(64))
			.text(" is not a media type: TYPE/SUBTYPE, or with ;NAME=VALUE");
		return false;
	}
	const bool whole = word.find(';') < word.size();
	Arena &arena = memory_.arena(kContentTypeSize, mistakes_);
	HeadWriter value(arena.room());
	if (whole)
		value.raw(word);
	else
		write_content_type(value, word, place_.charset);
	route.type = arena.keep(value.written().size());
	return true;
}

bool RouteReader::read_address(Bytes word, Route &route)
{
	if (!valid_location(word)) {
		fail().bytes(word.prefix(64))
			.text(" is not an address: it must start with /, http://HOST or "
			      "https://HOST, and characters not allowed in a URI must be escaped "
			      "(%20)");
		return false;
	}
	// What depends on the request is written for each.
	if (route.rest || route.query)
		return true;
	route.target = Bytes();
	Arena &arena = memory_.arena(kStatusTextSize, mistakes_);
	Bytes content;

	if (arena.room().size() >= kStatusTextSize)
		content = arena.keep(write_status_text(route.status, arena.room().data()));
	route.type = "text/plain; charset=utf-8"_b;
	return prepare({"Location"_b, word}, content, route);
}

bool RouteReader::read_retry(Bytes word, Route &route)
{
	const Bytes name = "retry="_b;
	u64 seconds = 0;

	if (word.starts_with(name) && word.size() <= name.size() + kMaxStatusDigits &&
	    read_decimal(word.drop(name.size()), seconds) && seconds > 0 && seconds <= kMaxRetry) {
		route.retry = static_cast<u32>(seconds);
		return true;
	}
	fail().bytes(word.prefix(32)).text(" is not retry=SECONDS: 1..").number(kMaxRetry);
	return false;
}

bool RouteReader::read_drain(Bytes word, Route &route)
{
	if (word == "drain=503"_b) {
		if (draining_)
			route.status = Status::service_unavailable;
		return true;
	}
	fail().bytes(word.prefix(32)).text(" is not drain=503, the status while the server drains");
	return false;
}

bool RouteReader::read_file(Bytes word, Route &route)
{
	Arena &arena = memory_.arena(word.size() + 2, mistakes_);
	const char *reason;

	route.file = read_file_name(word, arena.room(), reason);
	if (reason)
		fail().text("the file ").bytes(word.prefix(64)).text(reason);
	else if (!place_.may_have_files())
		fail().text("a file needs docroot");
	else
		arena.take(route.file.size() + 1);
	return !reason && place_.may_have_files();
}

bool RouteReader::read_content(Bytes word, Texts texts, Route &route)
{
	const Bytes scheme = "file:"_b;
	usize size = word.size();

	if (word.starts_with(scheme))
		return read_file(word.drop(scheme.size()), route);
	Arena &arena = memory_.arena(word.size() + 1, mistakes_);
	if (texts == Texts::plain && size && size <= arena.room().size())
		__builtin_memcpy(arena.room().data(), word.data(), size);
	if (texts == Texts::quoted && !unquote(word, arena.room(), size)) {
		fail().bytes(word.prefix(32))
			.text(" is neither file:/NAME nor 'TEXT' with no escapes but \\n \\t \\q "
			      "\\' \\\\");
		return false;
	}
	if (size > kMaxRouteText) {
		fail().text("the text has ")
			.number(size)
			.text(" bytes, more than ")
			.number(kMaxRouteText);
		return false;
	}
	const Bytes content = arena.keep(size);
	if (route.retry == 0)
		return prepare(retry_field(route.status), content, route);
	u8 digits[kMaxDecimalSize];
	return prepare({"Retry-After"_b, {digits, format_decimal(route.retry, digits)}}, content,
		       route);
}

bool RouteReader::prepare(const ReplyField &field, Bytes content, Route &route)
{
	Arena &arena =
		memory_.arena(kRouteRoom + route.type.size() + field.value.size(), mistakes_);

	route.reply.status = route.status;
	route.reply.content = content;
	if (!prepare_reply(arena.room(), field, route.type, place_.server_field, route.reply)) {
		fail().text("the reply is too long");
		return false;
	}
	arena.take(route.reply.head.size());
	return true;
}

} // namespace khttpd
