// SPDX-License-Identifier: MIT OR GPL-2.0-only
// What proxies say of a client. Headers of the PROXY protocol: the same verdict for every part of
// the input that is long enough, and for every cut of their additions. Fields of HTTP: what a proxy
// adds is read, whatever stands before.
#include <cstring>
#include <string>

#include "fuzz.h"
#include "http/forwarded.h"
#include "http/proxy_header.h"

namespace {

using namespace khttpd;

bool same(const ProxyHeader &a, const ProxyHeader &b)
{
	return a.outcome == b.outcome && a.size == b.size && a.additions == b.additions &&
	       a.named == b.named && a.port == b.port &&
	       Bytes(a.address, kAddressSize) == Bytes(b.address, kAddressSize);
}

// Additions, however they are cut: the same comes of them, and what is behind one that is whole
// counts by itself.
void check_additions(Bytes input)
{
	static constexpr u8 kTls[] = {0x20, 0, 5, 1, 0, 0, 0, 0};
	ProxyAdditions whole(0), bytes(0);

	whole.take(FuzzCopy(input).bytes());
	for (usize at = 0; at < input.size(); at++)
		bytes.take(FuzzCopy(input.sub(at, 1)).bytes());
	FUZZ_CHECK(whole.complete() == bytes.complete());
	FUZZ_CHECK(whole.secure() == bytes.secure());
	if (!whole.complete())
		return;
	whole.take(Bytes(kTls, sizeof(kTls)));
	FUZZ_CHECK(whole.complete() && whole.secure());
}

// A field with what a client sent, as far as a field may have it, and one more address.
void check_field(Bytes sent, ForwardedField field)
{
	const bool standard = field == ForwardedField::forwarded;
	std::string line = standard ? "Forwarded: " : "X-Forwarded-For: ";
	u8 address[kAddressSize];
	u8 expected[kAddressSize];

	for (u8 c : sent)
		line += c < 0x20 || c == 0x7f ? 'x' : static_cast<char>(c);
	line += standard ? ",For=\"[2001:db8::5]:80\";host=\"x\\\"y\";by=_x\r\n" :
			   ", 2001:db8::5\r\n";
	const FuzzCopy copy(Bytes::literal(line.data(), line.size()));
	ForwardedHops hops(copy.bytes(), field);

	FUZZ_CHECK(read_address("2001:db8::5"_b, expected));
	FUZZ_CHECK(hops.next(address) && std::memcmp(address, expected, kAddressSize) == 0);
	for (int more = 0; hops.next(address); more++)
		FUZZ_CHECK(more < 15);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const Bytes input(data, size);
	const ProxyHeader whole = parse_proxy_header(FuzzCopy(input).bytes());
	bool decided = false;

	FUZZ_CHECK(whole.size <= kMaxProxyHeader && whole.additions <= whole.size);
	FUZZ_CHECK(whole.outcome == ParseOutcome::done || (whole.size == 0 && !whole.named));
	FUZZ_CHECK(whole.outcome != ParseOutcome::need_more || size < kMaxProxyLine);
	for (usize part = 0; part <= size && part <= kMaxProxyLine; part++) {
		const FuzzCopy copy(input.prefix(part));
		const ProxyHeader header = parse_proxy_header(copy.bytes());

		if (header.outcome != ParseOutcome::need_more) {
			FUZZ_CHECK(same(header, whole));
			decided = true;
		}
		FUZZ_CHECK(!decided || header.outcome != ParseOutcome::need_more);
	}
	check_additions(input);
	if (whole.additions < whole.size)
		check_additions(input.sub(whole.additions, whole.size - whole.additions));
	check_field(input, ForwardedField::x_forwarded_for);
	check_field(input, ForwardedField::forwarded);
	return 0;
}
