// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/settings.h"

#include "base/errno.h"
#include "config/text/config_text.h"
#include "config/text/setting_words.h"
#include "http/chars.h"

namespace khttpd {

namespace {

constexpr Bytes kNames[KH_PARAM_COUNT] = {
#define KH_UINT(name, value, low, high, unit, description) #name##_b,
#define KH_BOOL(name, value, description) #name##_b,
#define KH_TEXT(name, type, value, low, high, description) #name##_b,
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
};

Bytes c_text(const char *text)
{
	return Bytes::literal(text, __builtin_strlen(text));
}

bool has_control(Bytes text)
{
	for (u8 c : text) {
		if (c < 0x20 || c == 0x7f)
			return true;
	}
	return false;
}

// Reads a value of one kind each.
class ValueReader {
public:
	ValueReader(Bytes name, std::span<const Bytes> words, ConfigMemory &memory,
		    Mistakes &mistakes, bool strict)
		: name_(name), words_(words), memory_(memory), mistakes_(mistakes), strict_(strict)
	{
	}

	u32 number(u64 low, u64 high)
	{
		u64 n;

		if (!single())
			return 0;
		const bool is_number = read_decimal(value(), n) &&
				       !(strict_ && value().size() > 1 && value()[0] == '0');
		if (is_number && n >= low && n <= high)
			return static_cast<u32>(n);
		mistakes_.fail(is_number ? -kERANGE : -kEINVAL)
			.bytes(name_)
			.text("=")
			.shown(value())
			.text(is_number ? " is out of range: " : " is not a number: ")
			.number(low)
			.text("..")
			.number(high);
		return 0;
	}

	u32 boolean()
	{
		if (!single())
			return 0;
		for (const char *yes : {"1", "y", "Y", "yes", "on", "true"}) {
			if (value() == c_text(yes) && (!strict_ || value() == "1"_b))
				return 1;
		}
		for (const char *no : {"0", "n", "N", "no", "off", "false"}) {
			if (value() == c_text(no) && (!strict_ || value() == "0"_b))
				return 0;
		}
		mistakes_.fail(-kEINVAL).bytes(name_).text("=").shown(value()).text(
			" is neither 0 nor 1");
		return 0;
	}

	kh_text text(usize low, usize high)
	{
		if (!single() || !check(value().size(), has_control(value()), low, high))
			return {"", 0};
		return kept(value());
	}

	// Words, kept as a line has them; the lengths are those of all with a blank between.
	kh_text list(usize low, usize high)
	{
		usize size = words_.size() - 1;
		bool control = false;

		for (const Bytes word : words_) {
			size += word.size();
			control = control || has_control(word);
		}
		if (!check(size, control, low, high))
			return {"", 0};
		// Every byte may be an escape, and every word have quotes.
		const usize most = 2 * size + 2 * words_.size() + 1;
		const std::span<u8> room = memory_.arena(most, mistakes_).take(most);
		char *text = reinterpret_cast<char *>(room.data());
		TextWriter out({text, room.size()});
		for (const Bytes &word : words_) {
			if (&word != words_.data())
				out.put(' ');
			write_config_word(word, out);
		}
		return {text ? text : "", static_cast<u32>(out.size())};
	}

private:
	Bytes value() const { return words_[0]; }
	bool single()
	{
		if (words_.size() != 1)
			mistakes_.fail(-kEINVAL).bytes(name_).text(" takes one value");
		return words_.size() == 1;
	}
	bool check(usize size, bool control, usize low, usize high)
	{
		const bool fits = size >= low && size <= high;

		if (fits && !control)
			return true;
		mistakes_.fail(fits ? -kEINVAL : -kERANGE)
			.bytes(name_)
			.text(": a text of ")
			.number(size)
			.text(fits ? " bytes has a control character: " :
				     " bytes is out of range: ")
			.number(low)
			.text("..")
			.number(high)
			.text(" bytes");
		return false;
	}
	kh_text kept(Bytes text)
	{
		const Bytes copy = memory_.keep(text, mistakes_);

		if (copy.data() == nullptr)
			return {"", 0};
		return {reinterpret_cast<const char *>(copy.data()), static_cast<u32>(copy.size())};
	}

	Bytes name_;
	std::span<const Bytes> words_;
	ConfigMemory &memory_;
	Mistakes &mistakes_;
	bool strict_;
};

} // namespace

kh_param_id setting_named(Bytes name)
{
	u32 id = 0;

	while (id < KH_PARAM_COUNT && kNames[id] != name)
		id++;
	return static_cast<kh_param_id>(id);
}

Bytes setting_name(kh_param_id id)
{
	return kNames[id];
}

void SettingsReader::read(kh_param_id id, std::span<const Bytes> words, kh_settings &out)
{
	ValueReader reader(kNames[id], words, memory_, mistakes_, strict_);

	switch (id) {
#define KH_UINT(name, value, low, high, unit, description) \
	case KH_PARAM_##name:                              \
		out.name = reader.number(low, high);       \
		break;
#define KH_BOOL(name, value, description)       \
	case KH_PARAM_##name:                   \
		out.name##_ = reader.boolean(); \
		break;
#define KH_TEXT(name, type, value, low, high, description)                                         \
	case KH_PARAM_##name:                                                                      \
		out.name = id == KH_PARAM_index ? reader.list(low, high) : reader.text(low, high); \
		break;
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	case KH_PARAM_COUNT:
		break;
	}
}

void SettingsReader::set_defaults(kh_settings &out)
{
	for (u32 id = 0; id < KH_PARAM_COUNT; id++) {
		const Bytes value = c_text(khttpd_param_defaults[id]);

		read(static_cast<kh_param_id>(id), {&value, 1}, out);
	}
}

void check_settings(const kh_settings &s, Mistakes &mistakes)
{
	if (s.max_target_size > s.max_header_size)
		mistakes.fail(-kEINVAL)
			.text("max_target_size=")
			.number(s.max_target_size)
			.text(" is larger than max_header_size=")
			.number(s.max_header_size);
	if (s.cache_size && s.cache_max_file > s.cache_size)
		mistakes.fail(-kEINVAL)
			.text("cache_max_file=")
			.number(s.cache_max_file)
			.text(" is larger than cache_size=")
			.number(s.cache_size);
}

namespace {

// A list is kept as a line has it.
void print_text(const kh_text &text, bool list, ValueForm form, TextWriter &out)
{
	const Bytes value = bytes_of(text);

	if (form == ValueForm::plain || list)
		out.bytes(value);
	else
		write_config_word(value, out);
}

} // namespace

void print_setting(const kh_settings &s, kh_param_id id, ValueForm form, TextWriter &out)
{
	switch (id) {
#define KH_UINT(name, value, low, high, unit, description) \
	case KH_PARAM_##name:                              \
		out.number(s.name);                        \
		break;
#define KH_BOOL(name, value, description) \
	case KH_PARAM_##name:             \
		out.number(s.name##_);    \
		break;
#define KH_TEXT(name, type, value, low, high, description)           \
	case KH_PARAM_##name:                                        \
		print_text(s.name, id == KH_PARAM_index, form, out); \
		break;
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	case KH_PARAM_COUNT:
		break;
	}
}

} // namespace khttpd

extern "C" const char *const khttpd_param_defaults[KH_PARAM_COUNT] = {
#define KH_UINT(name, value, low, high, unit, description) #value,
#define KH_BOOL(name, value, description) #value,
#define KH_TEXT(name, type, value, low, high, description) value,
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
};
