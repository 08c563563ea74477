// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "base/arena.h"
#include "base/checked.h"
#include "base/owned.h"
#include "base/result.h"
#include "base/words.h"
#include "support.h"

namespace khttpd {

namespace {

static_assert("abc"_b == "abc"_b && !("abc"_b == "abd"_b) && !("abc"_b == "ab"_b));
static_assert("abc"_b.sub(1, 1) == "b"_b && "abc"_b.drop(9).empty() &&
	      "abc"_b.prefix(9).size() == 3);
static_assert("abc"_b.starts_with("ab"_b) && !"abc"_b.starts_with("abcd"_b));
static_assert("abc"_b.ends_with("bc"_b) && !"abc"_b.ends_with("abc "_b) && "abc"_b.find('c') == 2);
static_assert("\xff"_b[0] == 255 && "abc"_b.find('x') == 3);
static_assert(equals_ignore_case("HoSt"_b, "host"_b) && !equals_ignore_case("Hos\x54"_b, "hos "_b));
static_assert(hex_value('f') == 15 && hex_value('F') == 15 && hex_value('g') == -1 &&
	      hex_value('/') == -1 && hex_value(0xe6) == -1);

struct Counted {
	static inline int alive = 0;

	explicit Counted(int v) : value(v) { alive++; }
	Counted(Counted &&other) noexcept : value(other.value) { alive++; }
	~Counted() { alive--; }

	int value;
};

Result<Counted> make_counted(int value)
{
	if (value < 0)
		return Error(value);
	return Counted(value);
}

Result<int> doubled(int value)
{
	const Counted counted = KH_TRY(make_counted(value));

	return counted.value * 2;
}

Result<void> checked_void(int value)
{
	const Counted counted = KH_TRY(make_counted(value));

	if (counted.value == 0)
		return Error(22);
	return {};
}

void put_counted(Counted *counted) noexcept
{
	delete counted;
}

using OwnedCounted = Owned<Counted, put_counted>;

} // namespace

TEST_CASE("base: an arena hands out what it has and nothing beyond its end")
{
	u8 memory[8] = {};
	Arena arena({memory, 7});
	const std::span<u8> first = arena.take(3);

	CHECK(first.data() == memory);
	CHECK(first.size() == 3);
	CHECK(arena.room().data() == memory + 3);
	CHECK(arena.take(5).empty());
	CHECK(arena.take(kU64Max).data() == nullptr);
	CHECK(arena.room().size() == 4);
	arena.room()[0] = 'a';
	arena.room()[1] = 'b';
	CHECK(arena.keep(2) == "ab"_b);
	CHECK(arena.keep(3).empty());
	CHECK(arena.take(2).data() == memory + 5);
	CHECK(arena.room().empty());
	CHECK(arena.take(0).empty());
	CHECK(arena.take(1).data() == nullptr);
	CHECK(memory[7] == 0);
}

TEST_CASE("base: an owner puts what it holds once, also when it takes over another")
{
	{
		OwnedCounted none;
		OwnedCounted one(new Counted(1));
		OwnedCounted two(new Counted(2));

		CHECK(!none);
		CHECK(one->value == 1);
		CHECK(Counted::alive == 2);
		one = std::move(two);
		CHECK(one->value == 2);
		CHECK(!two);
		CHECK(Counted::alive == 1);
		OwnedCounted &same = one;
		one = std::move(same);
		CHECK(one.get()->value == 2);
		none = OwnedCounted(std::move(one));
		CHECK(Counted::alive == 1);
		none = OwnedCounted();
		CHECK(Counted::alive == 0);
		two = OwnedCounted(new Counted(3));
		CHECK(Counted::alive == 1);
	}
	CHECK(Counted::alive == 0);
}

TEST_CASE("base: a result holds a value or an errno, and destroys what it holds")
{
	{
		Result<Counted> good = make_counted(7);
		Result<Counted> bad = make_counted(-12);

		CHECK(good.ok());
		CHECK((*good).value == 7);
		CHECK(Counted::alive == 1);
		CHECK(!bad.ok());
		CHECK(bad.error().code() == 12);
		CHECK(bad.error().to_c() == -12);
	}
	CHECK(Counted::alive == 0);
	CHECK(*doubled(4) == 8);
	CHECK(doubled(-5).error().to_c() == -5);
	CHECK(Counted::alive == 0);
	CHECK(checked_void(1).ok());
	CHECK(checked_void(0).error().code() == 22);
	CHECK(checked_void(-5).error().code() == 5);
	CHECK(Counted::alive == 0);
	CHECK(Error(22).code() == Error(-22).code());
}

TEST_CASE("base: a decimal grows by digits as long as it has 64 bits")
{
	u64 value = 0;

	for (u8 c : "18446744073709551615"_b)
		CHECK(push_digit(value, c));
	CHECK(value == kU64Max);
	CHECK(!push_digit(value, '0'));
	CHECK(value == kU64Max);
	value = kU64Max / 10;
	CHECK(!push_digit(value, '6'));
	CHECK(value == kU64Max / 10);
	CHECK(push_digit(value, '5'));
}

TEST_CASE("base: a word in lower case has each byte as it is alone")
{
	Random random(9);

	for (u32 i = 0; i < 8 * 256; i++) {
		u64 word = random.next(), lower = 0;
		const u32 shift = i % 8 * 8;

		word = (word & ~(u64{0xff} << shift)) | u64{i / 8} << shift;
		for (u32 at = 0; at < 64; at += 8)
			lower |= u64{to_lower(static_cast<u8>(word >> at))} << at;
		CAPTURE(word);
		CHECK(to_lower_word(word) == lower);
	}
}

} // namespace khttpd
