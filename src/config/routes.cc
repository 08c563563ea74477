// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/routes.h"

#include "base/arena.h"
#include "http/chars.h"
#include "http/content_type.h"
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
constexpr usize kMaxRouteWords = 5;

enum class RouteForm : u8 {
	none, // wants a field, a request or a connection that a fixed reply does not know
	alone,
	redirect,
	content,
};

// RFC 9110 section 15.
RouteForm route_form(u64 code)
{
	switch (code) {
	case 204:
		return RouteForm::alone;
	case 301:
	case 302:
	case 303:
	case 307:
	case 308:
		return RouteForm::redirect;
	case 401: // WWW-Authenticate
	case 405: // Allow
	case 407: // Proxy-Authenticate
	case 426: // Upgrade
		return RouteForm::none;
	default:
		return code <= 203 || code >= 400 ? RouteForm::content : RouteForm::none;
	}
}

bool is_media_type(Bytes text)
{
	const Bytes essence = text.prefix(text.find(';'));
	const usize slash = essence.find('/');

	for (u8 c : text.drop(essence.size())) {
		if (!is_token_char(c) && c != ';' && c != '=')
			return false;
	}
	return is_token(essence.prefix(slash)) && is_token(essence.drop(slash + 1));
}

// True for a URI or a path whose characters may all stand in one (RFC 3986 section 2).
bool is_address(Bytes text)
{
	constexpr Bytes others = "/:@%?#[]"_b;

	for (u8 c : text) {
		if (!has_class(c, kCharRegName) && others.find(c) == others.size())
			return false;
	}
	return text.starts_with("/"_b) || text.starts_with("http://"_b) ||
	       text.starts_with("https://"_b);
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
	bool read_path(Bytes word, Route &route, u32 &place);
	bool read_status(Bytes word, Route &route);
	bool read_type(Bytes word, Route &route);
	bool read_redirect(Bytes word, Route &route);
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
	static constexpr usize kWords[] = {0, 2, 3, 4};
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
	const RouteForm form = route_form(status_code(route.status));
	const char *wanted = form == RouteForm::alone	 ? "nothing, as it has no content" :
			     form == RouteForm::redirect ? "an address" :
							   "a type, and 'TEXT' or file:/NAME";
	if (words.size() != kWords[static_cast<usize>(form)]) {
		fail().text("after ").bytes(words[1]).text(" comes ").text(wanted);
		return;
	}
	bool good;
	if (form == RouteForm::alone)
		good = prepare({}, Bytes(), route);
	else if (form == RouteForm::redirect)
		good = read_redirect(words[2], route);
	else
		good = read_type(words[2], route) && read_content(words[3], route);
	if (good)
		table_.insert(route, place);
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
	if (route_form(code) == RouteForm::none) {
		fail().text("status ").bytes(word).text(" is none that a route can give");
		return false;
	}
	route.status = static_cast<Status>(code);
	return true;
}

// Adds the charset as a file's type has it, unless the type brings parameters along.
bool RouteReader::read_type(Bytes word, Route &route)
{
	if (!is_media_type(word) || word.size() > kMaxRouteType) {
		fail().bytes(word).text(" is not a media type");
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
	if (!is_address(word)) {
		fail().bytes(word).text(" is not an address: it begins with /, http:// or https://"
					" and has no blanks, quotes or letters beyond ASCII");
		return false;
	}
	const std::span<u8> text = arena_.room();
	Bytes content;

	if (text.size() >= kStatusTextSize)
		content = arena_.keep(write_status_text(route.status, text.data()));
	route.type = "text/plain; charset=utf-8"_b;
	return prepare({"Location"_b, word}, content, route);
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
	return prepare({}, arena_.keep(size), route);
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
