// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What the harnesses share. Each is compiled with the whole core in one translation unit and checks
// what must hold of every input; the sanitizers check the rest.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/bytes.h"

namespace khttpd {

// A failed check ends the program, which libFuzzer reports with the input.
inline void fuzz_check(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", what);
	abort();
}

// A copy in a block of its own and of exactly its size: one byte read behind its end is a finding.
class FuzzCopy {
public:
	explicit FuzzCopy(Bytes source) : data_(new u8[source.size()]), size_(source.size())
	{
		for (usize i = 0; i < size_; i++)
			data_[i] = source[i];
	}
	Bytes bytes() const { return {data_.get(), size_}; }

private:
	std::unique_ptr<u8[]> data_;
	usize size_;
};

} // namespace khttpd

#define FUZZ_CHECK(condition) ::khttpd::fuzz_check((condition), #condition)
