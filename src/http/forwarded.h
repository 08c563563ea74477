// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Whose request it is, as HTTP proxies tell: X-Forwarded-For, or Forwarded (RFC 7239). Each proxy
 * adds whoever it has the request from behind what was there, so the end is the nearest. Pure.
 */
#pragma once

#include "http/address.h"

namespace khttpd {

enum class ForwardedField : u8 {
	x_forwarded_for,
	forwarded,
};

// The last elements that all lines of a field list, from the end on.
class ForwardedList {
public:
	// The field section of a head that is complete; the name is in lower case. With `quotes` no
	// comma within a quoted value separates.
	ForwardedList(Bytes fields, Bytes name, bool quotes);

	// Takes the next one; false where there is none, or were too many.
	bool next(Bytes &element);

private:
	static constexpr u32 kMost = 16;

	void add_line(Bytes value, bool quotes);

	Bytes elements_[kMost]; // by their number, modulo
	u32 count_ = 0;
	u32 taken_ = 0;
};

// The addresses of those that had the request from one another, the nearest first.
class ForwardedHops {
public:
	ForwardedHops(Bytes fields, ForwardedField field);

	// Takes the next one. False where there is none, or none that is an address: what stands
	// before that is not to be believed.
	bool next(u8 address[kAddressSize]);

private:
	ForwardedList list_;
	ForwardedField field_;
};

// Whether the nearest proxy had the request by https, as Forwarded says it, or X-Forwarded-Proto
// beside X-Forwarded-For.
bool forwarded_by_https(Bytes fields, ForwardedField field);

} // namespace khttpd
