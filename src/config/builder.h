// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Makes a configuration of its lines, in two passes: first what holds where, then the replies,
 * which depend on that wherever they stand. Has every rule there is, so that the module and
 * khttpdctl judge alike. Process context.
 */
#pragma once

#include "config/config.h"
#include "config/places/header_fields.h"
#include "config/text/config_text.h"

namespace khttpd {

// Where lines come from: a text in the canonical form, or parameters by their numbers, of which
// some may be null.
class LineSource {
public:
	explicit LineSource(Bytes text) : text_(text) {}
	explicit LineSource(const char *const *values) : values_(values) {}

	// The bytes of the longest line.
	usize longest() const;
	// Reads the next line; false at the end. `room` is as long as the longest.
	bool next(std::span<u8> room, ConfigLine &line);
	bool is_text() const { return !values_; }
	// The number of the line that next() has read.
	u32 number() const { return number_; }

private:
	bool next_value(ConfigLine &line);

	Bytes text_;
	const char *const *values_ = nullptr;
	u32 number_ = 0;
	u32 id_ = 0;
};

// Of types, and of networks, in a place.
inline constexpr usize kMostOfList = 128;

// Whether the setting makes replies, which are the second pass's.
bool is_rule_setting(Bytes name);

class Builder {
public:
	Builder(khttpd_config &config, Mistakes &mistakes) : config_(config), mistakes_(mistakes) {}

	// Settles what holds where. Opens nothing.
	void read_places(LineSource source);
	// Makes the replies; the document roots are open, or their names are all there is.
	void read_rules(LineSource source);

private:
	enum class Level : u8 { top, site, location };

	void count(LineSource source);
	void check_counts();
	bool next(LineSource &source);

	void begin_top();
	void begin_section();
	void end_section();
	void check_top();
	void read_place_setting();
	void fail_for_whole_server();
	void apply(kh_param_id id, std::span<const Bytes> words, const kh_settings &from);
	void set_docroot(Bytes path);
	void set_index(std::span<const Bytes> names);
	void set_codings(Bytes names);
	void set_charset(Bytes charset);
	void set_candidates();
	bool read_list_setting(Bytes name);
	void add_header();
	void add_error_page();
	void add_type();
	void set_default_type();
	bool is_type(Bytes word);
	void set_methods();
	bool add_networks(std::span<const AccessRule> &rules, bool allow, usize first = 0);
	void add_access();
	void add_proxies();
	void add_forwarding();
	void set_server_field();
	void set_rate();
	// A list with one more at its end, in the configuration's memory.
	template <typename T>
	std::span<const T> with_one_more(std::span<const T> list, const T &one)
	{
		T *all = config_.memory.make<T>(list.size() + 1, mistakes_);

		for (usize i = 0; all && i < list.size(); i++)
			all[i] = list[i];
		if (all)
			all[list.size()] = one;
		return {all, all ? list.size() + 1 : 0};
	}

	void add_site();
	void add_host(Bytes name, u16 site);
	void add_location();
	void read_rule_setting();
	void read_routes(Bytes text);
	void read_route(std::span<const Bytes> words, u32 entry);
	void read_reply();
	void read_redirect();
	// Takes the pattern off the words, where there is one. Null, with a mistake, without.
	Rule *begin_rule(std::span<const Bytes> &words, const char *what);
	// `word` is the path or ending as it was written.
	Rule *add_rule(RuleKind kind, Bytes text, Bytes word, const char *what, u32 entry = 0);

	const Place &place() const { return places_[section_]; }

	khttpd_config &config_;
	Mistakes &mistakes_;
	ConfigLine line_;
	std::span<u8> room_;
	u32 site_count_ = 0, section_count_ = 0, host_count_ = 0, rule_count_ = 0;
	Level level_ = Level::top;
	// Places by the number of their section, the top's first.
	Place *places_ = nullptr;
	u32 section_ = 0;
	u32 site_section_ = 0; // the one whose locations come
	u16 site_ = 0;
	HeaderFields fields_[3]; // by level
	// Lines in which the settings of the section stand.
	u32 seen_[KH_PARAM_COUNT] = {};
	u32 candidates_line_ = 0;
	bool strict_ = false; // one spelling for a value
	bool access_seen_ = false;
	u32 header_line_ = 0;
	u32 line_number_ = 0;
	// The rule that the section's reply belongs to.
	Rule *location_ = nullptr;
	kh_settings within_{};
};

} // namespace khttpd
