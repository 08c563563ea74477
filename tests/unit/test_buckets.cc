// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The buckets of histograms: bounds, and percentiles against exact ones.
#include "support.h"

#include <algorithm>

#include "kapi/observe/buckets.h"

namespace khttpd {

namespace {

constexpr u32 kFirst = 10;
constexpr u64 kLowest = 1ull << kFirst;
constexpr u64 kHighest = 1ull << (kFirst + KH_BUCKET_POWERS);

bool is_near(u64 told, u64 exact)
{
	const u64 error = told > exact ? told - exact : exact - told;

	return error * 100 <= exact * 12;
}

// Of any size, so that small ones are as frequent as large ones.
u64 any_value(Random &random)
{
	const u64 power = kFirst + random.below(KH_BUCKET_POWERS);

	return (1ull << power) + random.below(1ull << power) + 1;
}

} // namespace

TEST_CASE("every bucket begins behind the one before")
{
	for (const u32 first : {2u, kFirst, 38u}) {
		u64 before = 0;

		for (u32 i = 0; i < KH_BUCKETS; i++) {
			const u64 bound = kh_bucket_bound(i, first);

			CAPTURE(i);
			CHECK(bound > before);
			CHECK(kh_bucket_of(bound, first) == i);
			CHECK(kh_bucket_of(before + 1, first) == i);
			before = bound;
		}
		CHECK(kh_bucket_of(0, first) == 0);
		CHECK(kh_bucket_bound(KH_BUCKETS - 2, first) == 1ull << (first + KH_BUCKET_POWERS));
	}
}

TEST_CASE("a power of two is a bound")
{
	for (u32 power = 0; power <= KH_BUCKET_POWERS; power++) {
		const u64 value = kLowest << power;

		CHECK(kh_bucket_bound(kh_bucket_of(value, kFirst), kFirst) == value);
		CHECK(kh_bucket_of(value, kFirst) == power * KH_BUCKET_STEPS);
	}
}

TEST_CASE("what stands for a bucket is within 12 % of all that is in it")
{
	Random random(1);

	for (u32 i = 1; i < KH_BUCKETS - 1; i++) {
		CAPTURE(i);
		CHECK(is_near(kh_bucket_value(i, kFirst), kh_bucket_bound(i, kFirst)));
		CHECK(is_near(kh_bucket_value(i, kFirst), kh_bucket_bound(i - 1, kFirst) + 1));
	}
	for (int i = 0; i < 20000; i++) {
		const u64 value = any_value(random);

		CAPTURE(value);
		CHECK(is_near(kh_bucket_value(kh_bucket_of(value, kFirst), kFirst), value));
	}
	CHECK(kh_bucket_value(0, kFirst) == kLowest);
	CHECK(kh_bucket_value(KH_BUCKETS - 1, kFirst) == kHighest);
}

TEST_CASE("percentiles are those of the values, within a bucket")
{
	Random random(2);

	for (int round = 0; round < 200; round++) {
		u64 counts[KH_BUCKETS] = {};
		std::vector<u64> values;

		for (u64 left = 1 + random.below(2000); left; left--) {
			values.push_back(any_value(random));
			counts[kh_bucket_of(values.back(), kFirst)]++;
		}
		std::sort(values.begin(), values.end());
		for (const u32 permille : {1u, 100u, 500u, 900u, 990u, 999u, 1000u}) {
			const usize rank = (values.size() * permille + 999) / 1000;
			const u64 exact = values[rank - 1];
			const u64 told = kh_bucket_percentile(counts, kFirst, permille);

			CAPTURE(permille);
			CAPTURE(values.size());
			CHECK(kh_bucket_of(told, kFirst) == kh_bucket_of(exact, kFirst));
			CHECK(is_near(told, exact));
		}
	}
}

TEST_CASE("percentiles of nothing, and of counts near the end of their range")
{
	u64 counts[KH_BUCKETS] = {};

	CHECK(kh_bucket_percentile(counts, kFirst, 500) == 0);
	counts[3] = ~0ull / 2;
	counts[90] = ~0ull / 2;
	CHECK(kh_bucket_percentile(counts, kFirst, 490) == kh_bucket_value(3, kFirst));
	CHECK(kh_bucket_percentile(counts, kFirst, 510) == kh_bucket_value(90, kFirst));
}

} // namespace khttpd
