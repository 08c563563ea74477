// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/date.h"

namespace khttpd {

namespace {

constexpr u64 kSecondsPerDay = 86400;
constexpr u64 kLastHttpDate = 253402300799; // 9999-12-31T23:59:59Z

constexpr Bytes kShortDays = "ThuFriSatSunMonTueWed"_b; // 1 January 1970 was a Thursday
constexpr Bytes kShortMonths = "JanFebMarAprMayJunJulAugSepOctNovDec"_b;
constexpr Bytes kLongDays[] = {"Thursday"_b, "Friday"_b,  "Saturday"_b, "Sunday"_b,
			       "Monday"_b,   "Tuesday"_b, "Wednesday"_b};

struct CivilDate {
	u32 year;
	u32 month; // 1..12
	u32 day;   // 1..31
};

// Days and dates convert by counting from 1 March 0000, so that leap days end their years.
constexpr u32 kDaysPerEra = 146097; // 400 years
constexpr u32 kDaysToUnixEpoch = 719468;

constexpr CivilDate civil_from_days(u32 days_since_1970)
{
	const u32 days = days_since_1970 + kDaysToUnixEpoch;
	const u32 era = days / kDaysPerEra;
	const u32 of_era = days % kDaysPerEra;
	const u32 year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	const u32 of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	const u32 shifted_month = (5 * of_year + 2) / 153;
	const u32 month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;

	return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
		of_year - (153 * shifted_month + 2) / 5 + 1};
}

// Of any date since 1 January 0000; negative before 1970.
constexpr i64 days_from_civil(CivilDate date)
{
	// An era more, so that January 0000 too has a year before it.
	date.year += 400;
	const u32 year = date.month <= 2 ? date.year - 1 : date.year;
	const u32 era = year / 400;
	const u32 year_of_era = year % 400;
	const u32 shifted_month = date.month > 2 ? date.month - 3 : date.month + 9;
	const u32 of_year = (153 * shifted_month + 2) / 5 + date.day - 1;

	return i64{era * kDaysPerEra + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		   of_year} -
	       kDaysPerEra - kDaysToUnixEpoch;
}

constexpr u32 days_in_month(u32 year, u32 month)
{
	if (month == 2)
		return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
	return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

static_assert(days_from_civil({1970, 1, 1}) == 0);
static_assert(days_from_civil({2000, 2, 29}) == 11016);
static_assert(days_from_civil({1969, 12, 31}) == -1);
static_assert(days_from_civil({0, 1, 1}) == -719528);
static_assert(civil_from_days(11016).month == 2 && civil_from_days(11016).day == 29);

u8 *put_two_digits(u8 *out, u32 value)
{
	*out++ = static_cast<u8>('0' + value / 10 % 10);
	*out++ = static_cast<u8>('0' + value % 10);
	return out;
}

u8 *put_text(u8 *out, Bytes text)
{
	__builtin_memcpy(out, text.data(), text.size());
	return out + text.size();
}

// A cursor over a date's text; once something did not match, ok stays false.
struct DateReader {
	Bytes remainder;
	bool ok = true;

	void literal(Bytes text)
	{
		ok = ok && remainder.starts_with(text);
		remainder = remainder.drop(text.size());
	}
	u32 digits(usize count)
	{
		u32 value = 0;

		ok = ok && remainder.size() >= count;
		for (usize i = 0; ok && i < count; i++) {
			ok = is_digit(remainder[i]);
			value = value * 10 + (remainder[i] - '0');
		}
		remainder = remainder.drop(count);
		return value;
	}
	// The index of a three-letter name in a row of them.
	u32 name(Bytes names)
	{
		for (usize i = 0; i * 3 < names.size(); i++) {
			if (remainder.starts_with(names.sub(i * 3, 3))) {
				remainder = remainder.drop(3);
				return static_cast<u32>(i);
			}
		}
		ok = false;
		return 0;
	}
	u32 long_day()
	{
		for (u32 i = 0; i < 7; i++) {
			if (remainder.starts_with(kLongDays[i])) {
				remainder = remainder.drop(kLongDays[i].size());
				return i;
			}
		}
		ok = false;
		return 0;
	}
	// Seconds of the day. A leap second counts as the second before it.
	u32 time()
	{
		const u32 hour = digits(2);

		literal(":"_b);
		const u32 minute = digits(2);

		literal(":"_b);
		const u32 second = digits(2);

		ok = ok && hour < 24 && minute < 60 && second <= 60;
		return hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
	}
};

constexpr i64 seconds_from_civil(CivilDate date, u32 time)
{
	return days_from_civil(date) * i64{kSecondsPerDay} + time;
}

// The latest year that ends in two digits and makes a date not more than 50 years after `now`
// (RFC 9110 section 5.6.7).
u32 full_year(u32 two_digits, CivilDate date, u32 time, u64 now)
{
	const u64 seconds = now < kLastHttpDate ? now : kLastHttpDate;
	CivilDate limit = civil_from_days(static_cast<u32>(seconds / kSecondsPerDay));

	date.year = limit.year / 100 * 100 + 100 + two_digits;
	limit.year += 50;
	const i64 latest = seconds_from_civil(limit, static_cast<u32>(seconds % kSecondsPerDay));

	while (seconds_from_civil(date, time) > latest)
		date.year -= 100;
	return date.year;
}

std::optional<i64> date_value(const DateReader &in, u32 weekday, CivilDate date, u32 time)
{
	if (!in.ok || !in.remainder.empty() || date.day == 0 ||
	    date.day > days_in_month(date.year, date.month))
		return std::nullopt;

	// Modulo 7 an era is 0 days; five of them make every day's number positive.
	if ((days_from_civil(date) + 5 * i64{kDaysPerEra}) % 7 != weekday)
		return std::nullopt;
	return seconds_from_civil(date, time);
}

// Sun Nov  6 08:49:37 1994
std::optional<i64> parse_asctime(Bytes text)
{
	DateReader in{text};
	CivilDate date{};
	const u32 weekday = in.name(kShortDays);

	in.literal(" "_b);
	date.month = in.name(kShortMonths) + 1;
	in.literal(" "_b);
	if (in.remainder.starts_with(" "_b)) {
		in.literal(" "_b);
		date.day = in.digits(1);
	} else {
		date.day = in.digits(2);
	}
	in.literal(" "_b);
	const u32 time = in.time();

	in.literal(" "_b);
	date.year = in.digits(4);
	return date_value(in, weekday, date, time);
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<i64> parse_rfc850(Bytes text, u64 now)
{
	DateReader in{text};
	CivilDate date{};
	const u32 weekday = in.long_day();

	in.literal(", "_b);
	date.day = in.digits(2);
	in.literal("-"_b);
	date.month = in.name(kShortMonths) + 1;
	in.literal("-"_b);
	const u32 year = in.digits(2);

	in.literal(" "_b);
	const u32 time = in.time();

	in.literal(" GMT"_b);
	if (in.ok)
		date.year = full_year(year, date, time, now);
	return date_value(in, weekday, date, time);
}

} // namespace

void format_http_date(u64 unix_seconds, u8 out[kHttpDateSize])
{
	const u64 seconds = unix_seconds < kLastHttpDate ? unix_seconds : kLastHttpDate;
	const u32 days = static_cast<u32>(seconds / kSecondsPerDay);
	const u32 time = static_cast<u32>(seconds % kSecondsPerDay);
	const CivilDate date = civil_from_days(days);

	out = put_text(out, kShortDays.sub(usize{days} % 7 * 3, 3));
	out = put_text(out, ", "_b);
	out = put_two_digits(out, date.day);
	out = put_text(out, " "_b);
	out = put_text(out, kShortMonths.sub(usize{date.month - 1} * 3, 3));
	out = put_text(out, " "_b);
	out = put_two_digits(out, date.year / 100);
	out = put_two_digits(out, date.year % 100);
	out = put_text(out, " "_b);
	out = put_two_digits(out, time / 3600);
	out = put_text(out, ":"_b);
	out = put_two_digits(out, time / 60 % 60);
	out = put_text(out, ":"_b);
	out = put_two_digits(out, time % 60);
	put_text(out, " GMT"_b);
}

std::optional<i64> parse_http_date(Bytes text, u64 now)
{
	DateReader in{text};
	CivilDate date{};

	if (text.size() < 4)
		return std::nullopt;
	if (text[3] == ' ')
		return parse_asctime(text);
	if (text[3] != ',')
		return parse_rfc850(text, now);

	// Sun, 06 Nov 1994 08:49:37 GMT
	const u32 weekday = in.name(kShortDays);

	in.literal(", "_b);
	date.day = in.digits(2);
	in.literal(" "_b);
	date.month = in.name(kShortMonths) + 1;
	in.literal(" "_b);
	date.year = in.digits(4);
	in.literal(" "_b);
	const u32 time = in.time();

	in.literal(" GMT"_b);
	return date_value(in, weekday, date, time);
}

} // namespace khttpd
