// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/builder.h"

#include "config/text/setting_words.h"

namespace khttpd {

namespace {

constexpr u32 kMaxSites = 4096;
constexpr u32 kMaxRules = 65536;

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
		// No text that is short enough has more names.
		do
			line.words[line.count++] = take_word(value);
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
	strict_ = source.is_text();
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
	static u64 generations;

	config_.top = places_;
	places_->settings = &config_.settings;
	places_->generation = __atomic_add_fetch(&generations, 1, __ATOMIC_RELAXED);
	mistakes_.about(0);
	SettingsReader(config_.memory, mistakes_, false).set_defaults(config_.settings);
	for (u32 id = 0; id < KH_PARAM_COUNT; id++) {
		const char *text = khttpd_param_defaults[id];
		const Bytes value = Bytes::literal(text, __builtin_strlen(text));

		apply(static_cast<kh_param_id>(id), {&value, 1}, config_.settings);
	}
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
	places_[section_].number = section_;
	places_[section_].error_pages.inherit();
	__builtin_memset(seen_, 0, sizeof(seen_));
	candidates_line_ = 0;
	access_seen_ = false;
	header_line_ = 0;
}

void Builder::end_section()
{
	Place &ended = places_[section_];

	if (level_ == Level::top)
		check_top();
	// Without fields of its own it has those around it.
	if (header_line_) {
		mistakes_.about(header_line_);
		ended.fields = fields_[static_cast<u32>(level_)].render(config_.memory, mistakes_);
	}
	const u32 capacity = kPreparedCapacity + static_cast<u32>(ended.fields.size());
	if (capacity > config_.reply_capacity)
		config_.reply_capacity = capacity;
	config_.logs = config_.logs || ended.logged;
	config_.rates = config_.rates || ended.rate_interval_ns;
}

// What settings of the whole server must be to each other is told where the later one is set.
void Builder::check_top()
{
	u32 last = 0;

	config_.settings.bind_line = seen_[KH_PARAM_bind];
	for (const u32 line : {seen_[KH_PARAM_max_target_size], seen_[KH_PARAM_max_header_size],
			       seen_[KH_PARAM_cache_max_file], seen_[KH_PARAM_cache_size]})
		last = line > last ? line : last;
	mistakes_.about(last);
	check_settings(config_.settings, mistakes_);
}

} // namespace khttpd
