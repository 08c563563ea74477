// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "http/request.h"

namespace khttpd {

// Content codings.
enum class Coding : u8 {
	zstd,
	br,
	gzip,
	identity,
	count,
};

inline constexpr usize kCodingCount = static_cast<usize>(Coding::count);

// Its place in a set of codings.
constexpr u32 coding_bit(Coding coding)
{
	return u32{1} << static_cast<u32>(coding);
}

// As Content-Encoding names it; empty for identity.
Bytes coding_name(Coding coding);
// What is appended to a file's name for its encoded neighbour, e.g. ".gz"; empty for identity.
Bytes coding_suffix(Coding coding);
// What a file's name tells of the coding its content is in by itself, whoever asks for it: gzip of
// `.svgz`, for instance, else identity.
Coding coding_of_ending(Bytes path);
// The bit of the suffix that the name ends in, in either case; 0 without one.
u32 coding_bit_of_name(Bytes name);

// Codings that may be chosen, the one first that is preferred when the client does not care.
struct CodingOrder {
	Coding codings[kCodingCount - 1];
	u32 count;
	u32 set; // of their bits

	constexpr void add(Coding coding)
	{
		codings[count++] = coding;
		set |= coding_bit(coding);
	}
};

inline constexpr CodingOrder kDefaultCodingOrder = {
	{Coding::zstd, Coding::br, Coding::gzip},
	3,
	coding_bit(Coding::zstd) | coding_bit(Coding::br) | coding_bit(Coding::gzip)};

// Reads the names of codings, separated by blanks. Returns the first word that is none of zstd, br
// and gzip or has been there before; empty when all is well.
Bytes read_coding_order(Bytes text, CodingOrder &order);

// What Accept-Encoding says (RFC 9110 section 12.5.3).
class CodingPreferences {
public:
	CodingPreferences(Bytes head, const Request &request);

	// The quality of a coding in thousandths; 0 means not acceptable.
	u16 quality(Coding coding) const { return quality_[static_cast<usize>(coding)]; }
	// Anything but identity is worth looking for.
	bool wants_encoded() const;
	// Picks from a set of bits those of the order, in which identity is always taken to be.
	// Identity too when nothing is acceptable: a server may disregard the field then in place
	// of answering 406 (RFC 9110 section 12.4.1).
	Coding choose(u32 available, const CodingOrder &order = kDefaultCodingOrder) const;

private:
	void member(Bytes text);

	static constexpr u16 kUnset = 0xffff;

	u16 quality_[kCodingCount];
	u16 any_ = kUnset;
};

} // namespace khttpd
