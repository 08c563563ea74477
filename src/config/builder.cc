// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/builder.h"

#include "config/text/setting_words.h"
#include "http/chars.h"

namespace khttpd {

namespace {

constexpr u32 kMaxSites = 4096;
constexpr u32 kMaxRules = 65536;

// Those that may differ from place to place.
constexpr kh_param_id kPlaceSettings[] = {
	KH_PARAM_docroot,	KH_PARAM_index,	    KH_PARAM_cache_control, KH_PARAM_charset,
	KH_PARAM_precompressed, KH_PARAM_autoindex, KH_PARAM_error_pages,
};

bool is_place_setting(kh_param_id id)
{
	for (kh_param_id other : kPlaceSettings) {
		if (other == id)
			return true;
	}
	return false;
}

Bytes words_of(Bytes &text)
{
	const Bytes word = text.prefix(text.find(' '));

	text = text.drop(word.size() + 1);
	return word;
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

bool is_rule_setting(Bytes name)
{
	return name == "redirect"_b || name == "reply"_b || name == "routes"_b;
}

usize LineSource::longest() const
{
	Bytes left = text_;
	usize most = 1;

	while (!left.empty()) {
		const usize size = next_line(left).size();

		most = size > most ? size : most;
	}
	return most;
}

bool LineSource::next_value(ConfigLine &line)
{
	while (id_ < KH_PARAM_COUNT && !values_[id_])
		id_++;
	if (id_ == KH_PARAM_COUNT)
		return false;
	Bytes value = Bytes::literal(values_[id_], __builtin_strlen(values_[id_]));
	line.kind = LineKind::setting;
	line.name = setting_name(static_cast<kh_param_id>(id_));
	line.count = 0;
	if (id_ == KH_PARAM_index) {
		do
			line.words[line.count++] = words_of(value);
		while (!value.empty() && line.count < kMaxConfigWords);
	} else {
		line.words[line.count++] = value;
	}
	id_++;
	return true;
}

bool LineSource::next(std::span<u8> room, ConfigLine &line)
{
	number_++;
	if (values_)
		return next_value(line);
	if (text_.empty())
		return false;
	read_config_line(next_line(text_), room, line);
	return true;
}

bool Builder::next(LineSource &source)
{
	if (!source.next(room_, line_))
		return false;
	if (source.number() % 1024 == 0)
		kh_let_others_run();
	line_number_ = source.number();
	mistakes_.about(line_number_);
	return true;
}

void Builder::count(LineSource source)
{
	const usize longest = source.longest();

	room_ = config_.memory.arena(longest, mistakes_).take(longest);
	if (room_.empty())
		return;
	site_count_ = section_count_ = 1;
	while (next(source)) {
		if (line_.kind == LineKind::site) {
			site_count_++;
			host_count_ += static_cast<u32>(line_.count);
		}
		if (line_.kind == LineKind::site || line_.kind == LineKind::location)
			section_count_++;
		if (line_.kind == LineKind::location || line_.name == "redirect"_b ||
		    line_.name == "reply"_b)
			rule_count_++;
		if (line_.kind != LineKind::setting || line_.name != "routes"_b || !line_.count)
			continue;
		rule_count_++;
		for (u8 c : line_.words[0])
			rule_count_ += c == ';';
	}
}

void Builder::check_counts()
{
	mistakes_.about(0);
	if (site_count_ > kMaxSites)
		mistakes_.fail(-kERANGE)
			.text("there are more than ")
			.number(kMaxSites)
			.text(" sites");
	if (rule_count_ > kMaxRules)
		mistakes_.fail(-kERANGE)
			.text("there are more than ")
			.number(kMaxRules)
			.text(" locations, redirects and replies");
}

void Builder::read_places(LineSource source)
{
	count(source);
	check_counts();
	if (mistakes_.err())
		return;
	places_ = config_.memory.make<Place>(section_count_, mistakes_);
	if (!places_)
		return;
	begin_top();
	while (next(source)) {
		switch (line_.kind) {
		case LineKind::setting:
			read_place_setting();
			break;
		case LineKind::site:
		case LineKind::location:
			begin_section();
			break;
		case LineKind::bad:
			mistakes_.fail(-kEINVAL).text(line_.reason);
			break;
		}
	}
	end_section();
}

void Builder::begin_top()
{
	config_.top = places_;
	places_->settings = &config_.settings;
	mistakes_.about(0);
	SettingsReader(config_.memory, mistakes_).set_defaults(config_.settings);
	for (kh_param_id id : kPlaceSettings)
		apply(id, config_.settings);
}

// A place begins with all that holds around it.
void Builder::begin_section()
{
	end_section();
	mistakes_.about(line_number_);
	section_++;
	if (line_.kind == LineKind::site) {
		level_ = Level::site;
		site_section_ = section_;
		site_++;
		places_[section_] = places_[0];
		places_[section_].site = site_;
		fields_[1] = fields_[0];
	} else {
		level_ = Level::location;
		places_[section_] = places_[site_section_];
		fields_[2] = fields_[site_section_ ? 1 : 0];
	}
	places_[section_].error_pages.inherit();
	__builtin_memset(seen_, 0, sizeof(seen_));
	candidates_line_ = 0;
}

void Builder::end_section()
{
	Place &ended = places_[section_];

	if (level_ == Level::top)
		check_settings(config_.settings, mistakes_);
	ended.fields = fields_[static_cast<u32>(level_)].render(config_.memory, mistakes_);
	const u32 capacity = kPreparedCapacity + static_cast<u32>(ended.fields.size());
	if (capacity > config_.reply_capacity)
		config_.reply_capacity = capacity;
}

void Builder::read_place_setting()
{
	const Bytes name = line_.name;
	const kh_param_id id = setting_named(name);

	if (id == KH_PARAM_COUNT && is_rule_setting(name))
		return;
	if (id == KH_PARAM_COUNT && name == "header"_b) {
		fields_[static_cast<u32>(level_)].read(line_.values(), config_.memory, mistakes_);
	} else if (id == KH_PARAM_COUNT && name == "error_page"_b) {
		if (line_.count == 2)
			places_[section_].error_pages.read_one(line_.words[0], line_.words[1],
							       config_.memory, mistakes_);
		else
			mistakes_.fail(-kEINVAL).text("error_page: is STATUS /NAME");
	} else if (id == KH_PARAM_COUNT && name == "try"_b) {
		set_candidates();
	} else if (id == KH_PARAM_COUNT) {
		mistakes_.fail(-kEINVAL).shown(name).text(" is no setting");
	} else if (seen_[id]) {
		mistakes_.fail(-kEINVAL)
			.bytes(name)
			.text(" is set twice, first in line ")
			.number(seen_[id]);
	} else if (level_ == Level::top) {
		seen_[id] = line_number_;
		SettingsReader(config_.memory, mistakes_)
			.read(id, line_.values(), config_.settings);
		apply(id, config_.settings);
	} else if (is_place_setting(id)) {
		seen_[id] = line_number_;
		SettingsReader(config_.memory, mistakes_).read(id, line_.values(), within_);
		apply(id, within_);
	} else if (id != KH_PARAM_routes || level_ == Level::location) {
		mistakes_.fail(-kEINVAL).bytes(name).text(
			id == KH_PARAM_routes ?
				" is for the top and for sites: a location has reply" :
				" is for the whole server: it stands before the first section");
	}
}

// Makes what was read of such a setting part of the place.
void Builder::apply(kh_param_id id, const kh_settings &from)
{
	Place &to = places_[section_];

	switch (id) {
	case KH_PARAM_docroot:
		set_docroot(bytes_of(from.docroot));
		break;
	case KH_PARAM_index:
		set_index(bytes_of(from.index));
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

void Builder::set_index(Bytes names)
{
	usize count = 1;

	for (u8 c : names)
		count += c == ' ';
	Bytes *index = config_.memory.make<Bytes>(count, mistakes_);
	for (usize i = 0; index && i < count; i++) {
		index[i] = words_of(names);
		if (is_index_name(index[i]))
			continue;
		mistakes_.fail(-kEINVAL).text("index=").shown(index[i]).text(
			" is not the name of a file in a directory that is served: no name begins "
			"with a dot, or is empty");
		return;
	}
	places_[section_].index = {index, index ? count : 0};
}

void Builder::set_codings(Bytes names)
{
	CodingOrder order{};
	const Bytes wrong = read_coding_order(names, order);

	if (!wrong.empty())
		mistakes_.fail(-kEINVAL)
			.text("precompressed: ")
			.bytes(wrong)
			.text(" is none of zstd, br and gzip, once each and separated by blanks");
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
			   word.empty() || word[0] != '/' || !is_index_name(word.drop(1))) {
			mistakes_.fail(-kEINVAL).text("try: ").shown(word).text(
				" is neither $path, $path.ENDING nor /NAME");
			return;
		}
		all[i] = {path, config_.memory.keep(behind, mistakes_)};
	}
	places_[section_].candidates = {all, all ? line_.count : 0};
}

} // namespace khttpd
