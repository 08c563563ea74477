// SPDX-License-Identifier: MIT OR GPL-2.0-only
// Clients repeat their fields from request to request. The memo keeps the field section of a head
// that was accepted, with what the parser found there: a section that is the same byte for byte is
// compared instead of parsed, and the outcome is the same. Owned by the caller of the parser.
#pragma once

#include "base/words.h"
#include "http/request.h"

namespace khttpd {

// What the fields said that is judged when the head is complete.
struct FieldNotes {
	bool close;
	bool persist;
	bool chunked_last;
	bool chunked_seen;
	bool other_coding;
	bool expect_continue;
	bool expect_other;
	bool unused;
};

// All bytes zero is a memo that is empty.
class FieldMemo {
public:
	// Longer sections are not kept: the memo is 2 KiB in all.
	static constexpr usize kCapacity = 1950;

	// `tail` begins with the section that is kept.
	bool remembers(Bytes tail) const
	{
		return size_ != 0 && tail.size() >= size_ &&
		       equal_words(tail.data(), bytes_, size_);
	}

private:
	friend class RequestParser;

	// False now and then: where no section comes twice, keeping each would be for nothing.
	bool wants_another()
	{
		if (wait_ != 0) {
			wait_--;
			return false;
		}
		wait_ = misses_;
		if (misses_ < kMostMisses)
			misses_++;
		return true;
	}

	static constexpr u8 kMostMisses = 15;

	u64 content_length_;
	FieldNotes notes_;
	u32 present_;
	u32 repeated_;
	u16 size_; // with the empty line
	u16 field_count_;
	// How the head was judged; the same for another of this version.
	u8 version_minor_;
	Framing framing_;
	bool keep_alive_;
	bool expect_continue_;
	u8 wait_;   // heads to pass over before another is kept
	u8 misses_; // kept since one was last found again
	// Relative to the section; absent ones have no meaning, as in Request.
	Slice fields_[kFieldCount];
	u8 bytes_[kCapacity];
};

} // namespace khttpd
