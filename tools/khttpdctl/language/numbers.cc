// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "language/numbers.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/checked.h"
#include "language/spelling.h"

namespace khttpdctl {

namespace {

// What units are counted in: milliseconds or bytes. A number without a dimension has no units.
enum class Dimension { none, time, size };

struct Unit {
	std::string_view name;
	uint64_t atoms;
};

constexpr uint64_t kKibi = 1024;

constexpr Unit kTimes[] = {
	{"ms", 1},	{"s", 1000},	 {"m", 60000},	   {"min", 60000},
	{"h", 3600000}, {"d", 86400000}, {"w", 604800000},
};
constexpr Unit kSizes[] = {
	{"b", 1},
	{"k", kKibi},
	{"kb", kKibi},
	{"kib", kKibi},
	{"m", kKibi *kKibi},
	{"mb", kKibi *kKibi},
	{"mib", kKibi *kKibi},
	{"g", kKibi *kKibi *kKibi},
	{"gb", kKibi *kKibi *kKibi},
	{"gib", kKibi *kKibi *kKibi},
};

Dimension dimension_of(const Setting &setting)
{
	if (setting.unit == "s")
		return Dimension::time;
	if (setting.unit == "bytes" || setting.unit == "KiB" || setting.unit == "bytes/s")
		return Dimension::size;
	return Dimension::none;
}

uint64_t atoms_of_base(const Setting &setting)
{
	return setting.unit == "s" ? 1000 : setting.unit == "KiB" ? kKibi : 1;
}

// The atoms of a unit of the setting, 0 for a word that is none.
uint64_t atoms_of(const Setting &setting, std::string_view unit)
{
	if (dimension_of(setting) == Dimension::time) {
		for (const Unit &known : kTimes) {
			if (known.name == unit)
				return known.atoms;
		}
		return 0;
	}
	if (setting.unit == "bytes/s" && unit.size() > 2 && unit.substr(unit.size() - 2) == "/s")
		unit.remove_suffix(2);
	for (const Unit &known : kSizes) {
		if (known.name == lower(unit))
			return known.atoms;
	}
	return 0;
}

std::string range_of(const Setting &setting)
{
	return fmt::format("{}..{}{}{}", setting.low, setting.high, setting.unit.empty() ? "" : " ",
			   setting.unit);
}

// What units the setting's numbers may have.
std::string units_of(const Setting &setting)
{
	switch (dimension_of(setting)) {
	case Dimension::time:
		return "write seconds, or a number followed by s, m, h or d, such as 10s";
	case Dimension::size:
		return fmt::format("write {}, or a number followed by k, M or G, such as 64k",
				   setting.unit);
	case Dimension::none:
		break;
	}
	return "write only digits";
}

// Reads digits, as many as there are. False when they make more than 64 bits.
bool take_digits(std::string_view &text, uint64_t &value)
{
	value = 0;
	while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
		if (!khttpd::push_digit(value, static_cast<khttpd::u8>(text[0])))
			return false;
		text.remove_prefix(1);
	}
	return true;
}

// What to write in place of a text that looks like a number and is none; empty for another.
std::string number_meant(std::string_view text)
{
	std::string digits;

	if (text.size() > 2 && text.size() <= 16 && lower(text.substr(0, 2)) == "0x" &&
	    text.find_first_not_of("0123456789abcdefABCDEF", 2) == text.npos)
		return fmt::format("hexadecimal is not supported; write {}",
				   std::stoull(std::string(text.substr(2)), nullptr, 16));
	for (char c : text) {
		if (c != ',' && c != '_' && c != '\'')
			digits += c;
	}
	if (digits.size() != text.size() && is_digits(digits) && is_digits(text.substr(0, 1)))
		return fmt::format("digits need no separators; write {}", digits);
	if (is_digits(text.substr(0, text.find(';'))) && text.back() == ';')
		return fmt::format("a line does not end with a semicolon; write {}",
				   text.substr(0, text.size() - 1));
	return "";
}

bool not_a_number(const Setting &setting, std::string_view text, std::string &problem)
{
	const std::string meant = number_meant(text);

	problem = fmt::format("{}={} is not a number: {}; {}", setting.name, shown(text),
			      range_of(setting), meant.empty() ? units_of(setting) : meant);
	return false;
}

// `text` is what was written, `value` what it makes in the base unit, if that was not too much.
bool out_of_range(const Setting &setting, std::string_view text, const uint64_t *value,
		  std::string &problem)
{
	problem = fmt::format("{}={} is out of range: {}", setting.name, shown(text),
			      range_of(setting));
	if (value && !is_digits(text))
		problem += fmt::format("; this is {}", *value);
	return false;
}

bool wrong_unit(const Setting &setting, std::string_view text, std::string_view unit,
		std::string &problem)
{
	problem = fmt::format("{}={} is not a number: {} is not a unit here; {}", setting.name,
			      shown(text), shown(unit), units_of(setting));
	return false;
}

// Makes the number of units one of the setting's base unit.
bool scale(const Setting &setting, std::string_view text, std::string_view unit, uint64_t number,
	   uint64_t &value, std::string &problem)
{
	const uint64_t base = atoms_of_base(setting);
	const uint64_t factor = atoms_of(setting, unit);
	uint64_t atoms = 0;

	if (!factor)
		return wrong_unit(setting, text, unit, problem);
	if (__builtin_mul_overflow(number, factor, &atoms))
		return out_of_range(setting, text, nullptr, problem);
	value = atoms / base;
	if (atoms % base == 0)
		return true;
	problem = fmt::format("{}={} is not a whole number of {}: {}", setting.name, shown(text),
			      setting.unit, range_of(setting));
	return false;
}

bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

} // namespace

bool read_number(const Setting &setting, std::string_view text, uint64_t &value,
		 std::string &problem)
{
	std::string_view unit = text;
	uint64_t number = 0;

	if (!is_digits(text.substr(0, 1)))
		return not_a_number(setting, text, problem);
	if (!take_digits(unit, number))
		return out_of_range(setting, text, nullptr, problem);
	value = number;
	if (!unit.empty() && (dimension_of(setting) == Dimension::none || !is_letter(unit[0]) ||
			      !number_meant(text).empty()))
		return not_a_number(setting, text, problem);
	if (!unit.empty() && !scale(setting, text, unit, number, value, problem))
		return false;
	if (value < setting.low || value > setting.high)
		return out_of_range(setting, text, &value, problem);
	return true;
}

bool read_boolean(const Setting &setting, std::string_view text, bool &value, std::string &problem)
{
	static constexpr std::string_view kOn[] = {"1", "on", "yes", "true", "y"};
	static constexpr std::string_view kOff[] = {"0", "off", "no", "false", "n"};
	const std::string word = lower(text);

	value = std::find(std::begin(kOn), std::end(kOn), word) != std::end(kOn);
	if (value || std::find(std::begin(kOff), std::end(kOff), word) != std::end(kOff))
		return true;
	problem = fmt::format("{}={} is neither on (1) nor off (0); write on or off", setting.name,
			      shown(text));
	return false;
}

} // namespace khttpdctl
