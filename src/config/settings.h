// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The settings of params.def: one value each, a number, a yes or no, or a text. Process context. */
#pragma once

#include <span>

#include "config/text/config_memory.h"
#include "kapi/kapi.h"

namespace khttpd {

inline Bytes bytes_of(const kh_text &text)
{
	return {reinterpret_cast<const u8 *>(text.data), text.size};
}

// The setting of this name; KH_PARAM_COUNT for one that params.def has not.
kh_param_id setting_named(Bytes name);
Bytes setting_name(kh_param_id id);

class SettingsReader {
public:
	// Texts are kept in the memory. `strict`: as the canonical form has them alone.
	SettingsReader(ConfigMemory &memory, Mistakes &mistakes, bool strict)
		: memory_(memory), mistakes_(mistakes), strict_(strict)
	{
	}

	// Sets one of them to its value, which is checked by itself.
	void read(kh_param_id id, std::span<const Bytes> words, kh_settings &out);
	// Sets all of them to their defaults.
	void set_defaults(kh_settings &out);

private:
	ConfigMemory &memory_;
	Mistakes &mistakes_;
	bool strict_;
};

// The rules for several of them together.
void check_settings(const kh_settings &settings, Mistakes &mistakes);

// Writes the value as it is, or as the words that a line of the canonical form has for it.
enum class ValueForm : u8 { plain, words };
void print_setting(const kh_settings &settings, kh_param_id id, ValueForm form, TextWriter &out);

} // namespace khttpd
