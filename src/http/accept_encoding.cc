// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/accept_encoding.h"

#include "http/chars.h"

namespace khttpd {

namespace {

constexpr u16 kFullQuality = 1000;

// qvalue, in thousandths (RFC 9110 section 12.4.2); -1 when malformed.
int parse_quality(Bytes text)
{
	int value = 0;
	int place = kFullQuality;

	if (text.empty() || text.size() > 5 || (text.size() > 1 && text[1] != '.'))
		return -1;
	for (usize i = 0; i < text.size(); i++) {
		if (i == 1)
			continue;
		if (!is_digit(text[i]))
			return -1;
		value += (text[i] - '0') * place;
		place /= 10;
	}
	return value <= kFullQuality ? value : -1;
}

Coding coding_of(Bytes name)
{
	if (equals_ignore_case(name, "gzip"_b) || equals_ignore_case(name, "x-gzip"_b))
		return Coding::gzip;
	if (equals_ignore_case(name, "br"_b))
		return Coding::br;
	if (equals_ignore_case(name, "zstd"_b))
		return Coding::zstd;
	return equals_ignore_case(name, "identity"_b) ? Coding::identity : Coding::count;
}

} // namespace

Bytes coding_name(Coding coding)
{
	switch (coding) {
	case Coding::zstd:
		return "zstd"_b;
	case Coding::br:
		return "br"_b;
	case Coding::gzip:
		return "gzip"_b;
	default:
		return Bytes();
	}
}

Bytes coding_suffix(Coding coding)
{
	switch (coding) {
	case Coding::zstd:
		return ".zst"_b;
	case Coding::br:
		return ".br"_b;
	case Coding::gzip:
		return ".gz"_b;
	default:
		return Bytes();
	}
}

u32 coding_bit_of_name(Bytes name)
{
	for (Coding coding : {Coding::zstd, Coding::br, Coding::gzip}) {
		const Bytes suffix = coding_suffix(coding);

		if (name.size() > suffix.size() &&
		    equals_ignore_case(name.drop(name.size() - suffix.size()), suffix))
			return coding_bit(coding);
	}
	return 0;
}

// An ending that stands for the same media type as the one without its z: the type is that of what
// is inside, so that without Content-Encoding it would be false. `.gz`, `.tgz` and the like have
// types of their own, which say what a client gets to store: a coding besides would have it decoded
// under a name that says otherwise.
Coding coding_of_ending(Bytes path)
{
	for (Bytes ending : {".svgz"_b, ".x3dz"_b, ".x3dvz"_b}) {
		if (path.size() > ending.size() &&
		    equals_ignore_case(path.drop(path.size() - ending.size()), ending))
			return Coding::gzip;
	}
	return Coding::identity;
}

Bytes read_coding_order(Bytes text, CodingOrder &order)
{
	order = {};
	for (;;) {
		while (text.starts_with(" "_b))
			text = text.drop(1);
		const Bytes word = text.prefix(text.find(' '));
		Coding coding = Coding::count;

		if (word.empty())
			return word;
		for (Coding known : kDefaultCodingOrder.codings) {
			if (word == coding_name(known))
				coding = known;
		}
		if (coding == Coding::count || (order.set & coding_bit(coding)))
			return word;
		order.add(coding);
		text = text.drop(word.size());
	}
}

CodingPreferences::CodingPreferences(Bytes head, const Request &request)
	: quality_{kUnset, kUnset, kUnset, kUnset}
{
	FieldLines lines(head, request, Field::accept_encoding);
	Bytes value;

	while (lines.next(value)) {
		Bytes element;

		while (next_list_element(value, element))
			member(element);
	}
	for (usize i = 0; i < kCodingCount; i++) {
		if (quality_[i] != kUnset)
			continue;
		// "*" stands for whatever is not listed, identity included. Without it identity is
		// acceptable, and the last choice.
		if (any_ != kUnset)
			quality_[i] = any_;
		else
			quality_[i] = i == static_cast<usize>(Coding::identity) ? 1 : 0;
	}
}

// codings [ weight ]; a malformed one is passed over.
void CodingPreferences::member(Bytes text)
{
	const usize semicolon = text.find(';');
	const Bytes name = trim_ows(text.prefix(semicolon));
	int quality = kFullQuality;

	if (semicolon < text.size()) {
		const Bytes weight = trim_ows(text.drop(semicolon + 1));

		if (!equals_ignore_case(weight.prefix(2), "q="_b))
			return;
		quality = parse_quality(weight.drop(2));
		if (quality < 0)
			return;
	}
	if (name == "*"_b) {
		any_ = static_cast<u16>(quality);
		return;
	}

	const Coding coding = coding_of(name);

	if (coding != Coding::count)
		quality_[static_cast<usize>(coding)] = static_cast<u16>(quality);
}

bool CodingPreferences::wants_encoded() const
{
	return choose((1u << kCodingCount) - 1) != Coding::identity;
}

Coding CodingPreferences::choose(u32 available, const CodingOrder &order) const
{
	Coding best = Coding::identity;
	u16 best_quality = quality(Coding::identity);

	for (u32 i = 0; i < order.count; i++) {
		const Coding coding = order.codings[i];

		if (!(available & coding_bit(coding)) || quality(coding) == 0)
			continue;
		// On equal terms the smaller transfer wins over identity.
		if (quality(coding) > best_quality ||
		    (quality(coding) == best_quality && best == Coding::identity)) {
			best = coding;
			best_quality = quality(coding);
		}
	}
	return best;
}

} // namespace khttpd
