// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The first pass of the builder: the settings of a place, each by its name. */
#include "config/builder.h"

#include "config/places/listening.h"
#include "config/text/setting_words.h"
#include "http/chars.h"
#include "http/content_type.h"
#include "http/response_writer.h"

namespace khttpd {

namespace {

// Those that may differ from place to place.
constexpr kh_param_id kPlaceSettings[] = {
	KH_PARAM_docroot,	KH_PARAM_index,	    KH_PARAM_cache_control, KH_PARAM_charset,
	KH_PARAM_precompressed, KH_PARAM_autoindex, KH_PARAM_error_pages,   KH_PARAM_access_log,
};

bool is_place_setting(kh_param_id id)
{
	for (kh_param_id other : kPlaceSettings) {
		if (other == id)
			return true;
	}
	return false;
}

// Whether the words are names of a file that a directory may have: nothing hidden, nothing above.
bool is_index_name(Bytes name)
{
	u8 before = '/';

	for (u8 c : name) {
		if (before == '/' && (c == '/' || c == '.'))
			return false;
		before = c;
	}
	return before != '/';
}

} // namespace

void Builder::read_place_setting()
{
	const Bytes name = line_.name;
	const kh_param_id id = setting_named(name);
	SettingsReader reader(config_.memory, mistakes_, strict_);

	if (id == KH_PARAM_COUNT) {
		if (!is_rule_setting(name) && !read_list_setting(name))
			mistakes_.fail(-kEINVAL).shown(name).text(" is not a setting");
	} else if (seen_[id]) {
		mistakes_.fail(-kEINVAL)
			.bytes(name)
			.text(" is set twice, first in line ")
			.number(seen_[id]);
	} else if (level_ == Level::top) {
		seen_[id] = line_number_;
		reader.read(id, line_.values(), config_.settings);
		apply(id, line_.values(), config_.settings);
	} else if (is_place_setting(id) || (id == KH_PARAM_routes && level_ == Level::site)) {
		seen_[id] = line_number_;
		reader.read(id, line_.values(), within_);
		apply(id, line_.values(), within_);
	} else if (id == KH_PARAM_routes) {
		mistakes_.fail(-kEINVAL).bytes(name).text(
			" is not allowed in a location: use reply");
	} else {
		fail_for_whole_server();
	}
}

void Builder::fail_for_whole_server()
{
	mistakes_.fail(-kEINVAL)
		.bytes(line_.name)
		.text(" applies to the whole server: write it before the first section");
}

// Reads one of the settings that are no parameters. False when the name is none of them.
bool Builder::read_list_setting(Bytes name)
{
	static constexpr struct {
		Bytes name;
		void (Builder::*read)();
	} kSettings[] = {
		{"header"_b, &Builder::add_header},
		{"error_page"_b, &Builder::add_error_page},
		{"try"_b, &Builder::set_candidates},
		{"type"_b, &Builder::add_type},
		{"default_type"_b, &Builder::set_default_type},
		{"methods"_b, &Builder::set_methods},
		{"allow"_b, &Builder::add_access},
		{"deny"_b, &Builder::add_access},
		{"proxy_protocol"_b, &Builder::add_proxies},
		{"forwarded"_b, &Builder::add_forwarding},
		{"server_field"_b, &Builder::set_server_field},
		{"rate"_b, &Builder::set_rate},
	};

	for (const auto &setting : kSettings) {
		if (setting.name != name)
			continue;
		(this->*setting.read)();
		return true;
	}
	return false;
}

void Builder::add_header()
{
	header_line_ = line_number_;
	fields_[static_cast<u32>(level_)].read(line_.values(), config_.memory, mistakes_);
}

void Builder::add_error_page()
{
	if (line_.count == 2)
		places_[section_].error_pages.read_one(line_.words[0], line_.words[1],
						       config_.memory, mistakes_);
	else
		mistakes_.fail(-kEINVAL).text("error_page: must be STATUS /NAME");
}

// Makes what was read of such a setting part of the place.
void Builder::apply(kh_param_id id, std::span<const Bytes> words, const kh_settings &from)
{
	Place &to = places_[section_];

	switch (id) {
	case KH_PARAM_docroot:
		set_docroot(bytes_of(from.docroot));
		break;
	case KH_PARAM_bind:
		check_listening(bytes_of(from.bind), mistakes_);
		break;
	case KH_PARAM_index:
		set_index(words);
		break;
	case KH_PARAM_cache_control:
		to.cache_control = bytes_of(from.cache_control);
		break;
	case KH_PARAM_charset:
		set_charset(bytes_of(from.charset));
		break;
	case KH_PARAM_precompressed:
		set_codings(bytes_of(from.precompressed));
		break;
	case KH_PARAM_autoindex:
		to.autoindex = from.autoindex_;
		break;
	case KH_PARAM_access_log:
		to.logged = from.access_log_;
		break;
	case KH_PARAM_error_pages:
		to.error_pages.read(bytes_of(from.error_pages), config_.memory, mistakes_);
		break;
	default:
		break;
	}
}

void Builder::set_docroot(Bytes path)
{
	Place &to = places_[section_];

	to.named_root = nullptr;
	if (path.empty())
		return;
	if (path[0] != '/') {
		mistakes_.fail(-kEINVAL)
			.text("docroot=")
			.shown(path)
			.text(" does not begin with /");
		return;
	}
	to.named_root = config_.roots.add(path, line_number_, config_.memory, mistakes_);
}

void Builder::set_index(std::span<const Bytes> names)
{
	Bytes *index = config_.memory.make<Bytes>(names.size(), mistakes_);

	for (usize i = 0; index && i < names.size(); i++) {
		index[i] = config_.memory.keep(names[i], mistakes_);
		// A parameter has no quotes.
		if (is_index_name(index[i]) && (strict_ || is_bare_word(index[i])))
			continue;
		mistakes_.fail(-kEINVAL).text("index=").shown(index[i]).text(
			" is not the name of a served file: a name must not be empty, start with a "
			"dot, or need quotes where none are allowed");
		return;
	}
	places_[section_].index = {index, index ? names.size() : 0};
}

void Builder::set_codings(Bytes names)
{
	CodingOrder order{};
	const Bytes wrong = read_coding_order(names, order);

	if (!wrong.empty())
		mistakes_.fail(-kEINVAL)
			.text("precompressed: ")
			.bytes(wrong)
			.text(" is not zstd, br or gzip, each at most once and separated by "
			      "spaces");
	places_[section_].codings = order;
}

// It becomes the value of a parameter (RFC 9110 section 5.6.6).
void Builder::set_charset(Bytes charset)
{
	if (!charset.empty() && !is_token(charset))
		mistakes_.fail(-kEINVAL)
			.text("charset=")
			.shown(charset)
			.text(" is not a word such as utf-8");
	places_[section_].charset = charset;
}

// Reads `try`: names that a request's file may have.
void Builder::set_candidates()
{
	const Bytes variable = "$path"_b;
	Candidate *all = config_.memory.make<Candidate>(line_.count, mistakes_);

	if (candidates_line_) {
		mistakes_.fail(-kEINVAL)
			.text("try is set twice, first in line ")
			.number(candidates_line_);
		return;
	}
	candidates_line_ = line_number_;
	for (usize i = 0; all && i < line_.count; i++) {
		const Bytes word = line_.words[i];
		const Bytes behind = word.starts_with(variable) ? word.drop(variable.size()) : word;
		const bool path = behind.size() != word.size();

		// Behind the path stands the rest of a name; another file has a name of its own.
		if (path ? behind.find('/') != behind.size() || behind.find('$') != behind.size() ||
				    behind.size() > kMaxSuffix :
			   word.empty() || word[0] != '/' || word.size() > kMaxRoutePath ||
				    !is_index_name(word.drop(1))) {
			mistakes_.fail(-kEINVAL).text("try: ").shown(word).text(
				" is neither $path, $path.ENDING nor /NAME");
			return;
		}
		all[i] = {path, config_.memory.keep(behind, mistakes_)};
	}
	places_[section_].candidates = {all, all ? line_.count : 0};
}

bool Builder::is_type(Bytes word)
{
	const bool good = valid_media_type(word) && word.size() <= kMaxRouteType;

	if (!good)
		mistakes_.fail(-kEINVAL)
			.bytes(line_.name)
			.text(": ")
			.shown(word)
			.text(" is not a media type: TYPE/SUBTYPE, or with ;NAME=VALUE");
	return good;
}

void Builder::add_type()
{
	Place &to = places_[section_];
	const Bytes ending = line_.words[0];

	if (line_.count != 2 || ending.size() < 2 || ending[0] != '.' ||
	    ending.find('/') != ending.size()) {
		mistakes_.fail(-kEINVAL).text("type: must be .ENDING TYPE/SUBTYPE");
		return;
	}
	if (!is_type(line_.words[1]))
		return;
	if (to.types.size() == kMostOfList) {
		mistakes_.fail(-kERANGE)
			.text("type: the entries of a section are more than ")
			.number(kMostOfList);
		return;
	}
	const TypeOfEnding one{config_.memory.keep(ending.drop(1), mistakes_),
			       config_.memory.keep(line_.words[1], mistakes_)};
	to.types = with_one_more(to.types, one);
}

void Builder::set_default_type()
{
	if (line_.count == 1 && is_type(line_.words[0]))
		places_[section_].default_type = config_.memory.keep(line_.words[0], mistakes_);
	else if (line_.count != 1)
		mistakes_.fail(-kEINVAL).text("default_type: takes one value");
}

void Builder::set_methods()
{
	static constexpr struct {
		Bytes name;
		u8 bit;
	} kMethods[] = {
		{"GET"_b, kMethodGet}, {"HEAD"_b, kMethodHead}, {"OPTIONS"_b, kMethodOptions}};
	Place &to = places_[section_];
	Arena &arena = config_.memory.arena(64, mistakes_);
	HeadWriter allow(arena.room());
	u8 methods = 0;

	for (const Bytes word : line_.values()) {
		u8 bit = 0;

		for (const auto &method : kMethods)
			bit = method.name == word ? method.bit : bit;
		if (bit == 0 || methods & bit) {
			mistakes_.fail(-kEINVAL)
				.text("methods: ")
				.shown(word)
				.text(" is not GET, HEAD or OPTIONS, each at most once");
			return;
		}
		allow.raw(methods ? ", "_b : ""_b);
		allow.raw(word);
		methods |= bit;
	}
	to.methods = methods;
	to.allow = arena.keep(allow.written().size());
}

void Builder::set_server_field()
{
	const bool on = line_.count == 1 && line_.words[0] == "1"_b;

	if (!on && (line_.count != 1 || line_.words[0] != "0"_b))
		mistakes_.fail(-kEINVAL).text("server_field: must be 0 or 1");
	places_[section_].server_field = on;
}

} // namespace khttpd
