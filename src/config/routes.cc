// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/routes.h"

#include "base/arena.h"
#include "http/chars.h"
#include "http/content_type.h"
#include "http/location.h"
#include "http/target.h"
#include "config/config.h"
#include "base/errno.h"
#include "config/setting_words.h"

namespace khttpd {

namespace {

constexpr usize kMaxRouteText = 2048;
constexpr usize kMaxRouteType = 127;
constexpr usize kMaxRoutePath = 1024;
// A longer number is not taken for a status that is out of range.
constexpr usize kMaxStatusDigits = 9;
// The bytes of a head's fixed part and of the text of a redirection.
constexpr usize kRouteRoom = 512;
// This is one more than any entry has.
constexpr usize kMaxRouteWords = 6;
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
	{206, 206, RouteForm::none, "answers a Range field, as files do: take 200"},
	{200, 203, RouteForm::content, nullptr},
	{304, 304, RouteForm::none, "answers a condition of the request, as files do: take 200"},
	{301, 303, RouteForm::redirect, nullptr},
	{307, 308, RouteForm::redirect, nullptr},
	{401, 401, RouteForm::none,
	 "wants a challenge (WWW-Authenticate), and nobody here would check the password that it "
	 "asks for: take 403"},
	{405, 405, RouteForm::none,
	 "wants the methods that are allowed (Allow), and routes answer GET: take 403 or 404"},
	{407, 407, RouteForm::none, "is for proxies, and wants Proxy-Authenticate: take 403"},
	{416, 416, RouteForm::none, "answers a Range field, as files do: take 404"},
	{426, 426, RouteForm::none,
	 "wants a protocol to change to (Upgrade), and there is no other here: take 403"},
	{400, 599, RouteForm::content, nullptr},
	{200, 599, RouteForm::none,
	 "is none that a route can give: content goes with 200 to 203 and 400 to 599, an address "
	 "with 301, 302, 303, 307 and 308"},
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

// Makes a table of a text. What the routes refer to is taken from the arena.
class RouteReader {
public:
	RouteReader(const khttpd_config &config, RouteTable &table, Arena arena, ConfigError &error)
		: config_(config), table_(table), arena_(arena), error_(error)
	{
	}

	void read(Bytes text)
	{
		Bytes words[kMaxRouteWords];
		usize count = 0;
		Bytes word;

		do {
			word = next_word(text);
			if (!word.empty() && word != ";"_b) {
				if (count < kMaxRouteWords)
					words[count++] = word;
				continue;
			}
			number_++;
			read_entry({words, count});
			count = 0;
		} while (!word.empty() && !error_.err());
	}

private:
	TextWriter &fail()
	{
		return error_.fail(-kEINVAL).text("routes: entry ").number(number_).text(": ");
	}
	void read_entry(std::span<const Bytes> words);
	bool read_reply(std::span<const Bytes> words, Route &route);
	bool read_path(Bytes word, Route &route, u32 &place);
	bool read_status(Bytes word, Route &route);
	bool read_type(Bytes word, Route &route);
	bool read_redirect(Bytes word, Route &route);
	bool read_retry(Bytes word, Route &route);
	bool read_content(Bytes word, Route &route);
	bool prepare(const ReplyField &field, Bytes content, Route &route);

	const khttpd_config &config_;
	RouteTable &table_;
	Arena arena_;
	ConfigError &error_;
	u32 number_ = 0;
};

void RouteReader::read_entry(std::span<const Bytes> words)
{
	Route route;
	u32 place;

	if (words.empty()) {
		fail().text("is empty");
		return;
	}
	if (!read_path(words[0], route, place))
		return;
	if (words.size() == 1) {
		fail().text("has no status");
		return;
	}
	if (!read_status(words[1], route))
		return;
	if (read_reply(words, route))
		table_.insert(route, place);
}

// Reads what stands behind the status.
bool RouteReader::read_reply(std::span<const Bytes> words, Route &route)
{
	const RouteForm form = route_rule(route.status).form;
	const bool retry = form == RouteForm::content && may_have_retry(route.status);
	const char *wanted = form == RouteForm::alone	 ? "nothing, as it has no content" :
			     form == RouteForm::redirect ? "an address" :
			     retry ? "a type, 'TEXT' or file:/NAME, and perhaps retry=SECONDS" :
				     "a type, and 'TEXT' or file:/NAME";
	// With path and status.
	const usize least = form == RouteForm::alone ? 2 : form == RouteForm::redirect ? 3 : 4;

	if (words.size() < least || words.size() > least + retry) {
		fail().text("after ").bytes(words[1]).text(" comes ").text(wanted);
		return false;
	}
	if (form == RouteForm::alone)
		return prepare({}, Bytes(), route);
	if (form == RouteForm::redirect)
		return read_redirect(words[2], route);
	if (words.size() > least && !read_retry(words[least], route))
		return false;
	return read_type(words[2], route) && read_content(words[3], route);
}

bool RouteReader::read_path(Bytes word, Route &route, u32 &place)
{
	const bool plain = word.find('?') == word.size() && word.find('#') == word.size();
	NormalizedPath path = normalize_path(word, arena_.room());

	if (word[0] != '/' || !plain || path.status != Status::none) {
		fail().bytes(word).text(word[0] != '/' ? " does not begin with /" :
					!plain	       ? " is not a path alone: it has a ? or #" :
							 " is no path that a request can have");
		return false;
	}
	if (path.path.size() > kMaxRoutePath) {
		fail().text("the path is longer than ").number(kMaxRoutePath).text(" bytes");
		return false;
	}
	if (table_.find(path.path, place)) {
		fail().bytes(word).text(" has a route already");
		return false;
	}
	route.path = path.path;
	arena_.take(path.path.size() + 1);
	return true;
}

bool RouteReader::read_status(Bytes word, Route &route)
{
	u64 code;

	if (word.size() > kMaxStatusDigits || !read_decimal(word, code)) {
		fail().bytes(word).text(" is not a status: 200..599");
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
	HeadWriter value(arena_.room());
	if (whole)
		value.raw(word);
	else
		write_content_type(value, word, bytes_of(config_.settings.charset));
	route.type = arena_.keep(value.written().size());
	return true;
}

bool RouteReader::read_redirect(Bytes word, Route &route)
{
	if (!valid_location(word)) {
		fail().bytes(word.prefix(64))
			.text(" is not an address: it begins with /, http://HOST or "
			      "https://HOST, and what no URI has in it is escaped (%20)");
		return false;
	}
	const std::span<u8> text = arena_.room();
	Bytes content;

	if (text.size() >= kStatusTextSize)
		content = arena_.keep(write_status_text(route.status, text.data()));
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

bool RouteReader::read_content(Bytes word, Route &route)
{
	const Bytes scheme = "file:"_b;
	usize size;

	if (word.starts_with(scheme)) {
		const char *reason;

		word = word.drop(scheme.size());
		route.file = read_file_name(word, arena_.room(), reason);
		if (reason)
			fail().text("the file ").bytes(word).text(reason);
		else if (!config_.root)
			fail().text("a file needs docroot");
		else
			arena_.take(route.file.size() + 1);
		return error_.err() == 0;
	}
	if (!unquote(word, arena_.room(), size)) {
		fail().bytes(word.prefix(32))
			.text(" is neither file:/NAME nor 'TEXT' with \\n \\t \\q \\' \\\\ alone "
			      "escaped");
		return false;
	}
	if (size > kMaxRouteText) {
		fail().text("the text has ")
			.number(size)
			.text(" bytes, more than ")
			.number(kMaxRouteText);
		return false;
	}
	const Bytes content = arena_.keep(size);
	if (route.retry == 0)
		return prepare(retry_field(route.status), content, route);
	u8 digits[kMaxDecimalSize];
	return prepare({"Retry-After"_b, {digits, format_decimal(route.retry, digits)}}, content,
		       route);
}

bool RouteReader::prepare(const ReplyField &field, Bytes content, Route &route)
{
	route.reply.status = route.status;
	route.reply.content = content;
	if (!prepare_reply(arena_.room(), field, route.type, route.reply)) {
		fail().text("the reply is too long");
		return false;
	}
	arena_.take(route.reply.head.size());
	return true;
}

} // namespace

RouteTable::Owner RouteTable::create(const khttpd_config &config, ConfigError &error)
{
	const kh_settings &settings = config.settings;
	const Bytes text = bytes_of(settings.routes);
	usize entries = 1;

	if (text.empty())
		return Owner();
	for (u8 c : text)
		entries += c == ';';
	// Paths, contents and what goes into heads are each no longer than what they are made of,
	// but for the charset.
	const usize table_size = sizeof(RouteTable) + entries * sizeof(Route);
	const usize room = entries * (kRouteRoom + settings.charset.size) + 3 * text.size();
	void *memory = kh_alloc(table_size + room, KH_GFP_KERNEL);
	if (!memory) {
		error.fail(-kENOMEM).text("out of memory");
		return Owner();
	}
	auto *table = new (memory) RouteTable;
	RouteReader(config, *table, Arena({static_cast<u8 *>(memory) + table_size, room}), error)
		.read(text);
	Owner owner(table);
	return error.err() ? Owner() : std::move(owner);
}

const Route *RouteTable::find(Bytes path) const
{
	u32 place;

	return find(path, place);
}

// Shorter paths come first, then the order of their bytes.
const Route *RouteTable::find(Bytes path, u32 &place) const
{
	u32 low = 0, high = count_;

	while (low < high) {
		const u32 middle = low + (high - low) / 2;
		const Bytes other = routes_[middle].path;
		const int order = path.size() != other.size() ?
					  (path.size() < other.size() ? -1 : 1) :
					  __builtin_memcmp(path.data(), other.data(), path.size());

		if (order == 0)
			return &routes_[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	place = low;
	return nullptr;
}

void RouteTable::insert(const Route &route, u32 place)
{
	for (u32 i = count_++; i > place; i--)
		routes_[i] = routes_[i - 1];
	routes_[place] = route;
}

} // namespace khttpd
