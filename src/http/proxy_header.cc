// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/proxy_header.h"

#include "base/checked.h"

namespace khttpd {

namespace {

constexpr Bytes kLineStart = "PROXY "_b;
constexpr Bytes kSignature = "\r\n\r\n\0\r\nQUIT\n"_b;
// Of version 2, up to the addresses.
constexpr usize kFixedSize = 16;

// Before an addition's value: its type and its length.
constexpr u8 kAdditionHead = 3;
// PP2_TYPE_SSL, what its value has at least, and in that what says PP2_CLIENT_SSL.
constexpr u8 kTlsType = 0x20;
constexpr u16 kTlsSize = 5;
constexpr u8 kClientHasTls = 1;

constexpr ProxyHeader kMore = {ParseOutcome::need_more};

ProxyHeader done(usize size)
{
	return {ParseOutcome::done, static_cast<u32>(size), static_cast<u32>(size)};
}

bool read_port(Bytes text, u16 &port)
{
	u64 value = 0;

	if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0'))
		return false;
	for (u8 c : text) {
		if (!is_digit(c) || !push_digit(value, c))
			return false;
	}
	port = static_cast<u16>(value);
	return value <= 65535;
}

Bytes take_field(Bytes &text)
{
	const Bytes field = text.prefix(text.find(' '));

	text = text.drop(field.size() + 1);
	return field;
}

// Section 2.1: `TCP4 SOURCE DESTINATION PORT PORT`, or `UNKNOWN` and whatever follows it.
ProxyHeader parse_line(Bytes line, usize size)
{
	ProxyHeader header = done(size);
	u8 destination[kAddressSize];
	u16 port;
	const bool blank_at_end = line.ends_with(" "_b);
	const Bytes family = take_field(line);
	const bool ipv6 = family == "TCP6"_b;

	if (family == "UNKNOWN"_b)
		return header;
	if ((!ipv6 && family != "TCP4"_b) || blank_at_end)
		return {};
	const Bytes source = take_field(line);
	const Bytes other = take_field(line);

	if ((source.find(':') < source.size()) != ipv6 ||
	    (other.find(':') < other.size()) != ipv6 || !read_address(source, header.address) ||
	    !read_address(other, destination))
		return {};
	if (!read_port(take_field(line), header.port) || !read_port(take_field(line), port) ||
	    !line.empty())
		return {};
	header.named = true;
	return header;
}

ProxyHeader parse_version_1(Bytes in)
{
	const Bytes seen = in.prefix(kMaxProxyLine);
	const usize end = seen.find('\n');

	if (end == seen.size())
		return seen.size() == kMaxProxyLine ? ProxyHeader() : kMore;
	if (seen[end - 1] != '\r')
		return {};
	return parse_line(seen.sub(kLineStart.size(), end - 1 - kLineStart.size()), end + 1);
}

u16 load_be16(const u8 *from)
{
	return static_cast<u16>(from[0] << 8 | from[1]);
}

// Section 2.2: families and transports that exist but are none of TCP's count as unspecified.
ProxyHeader parse_version_2(Bytes in)
{
	static constexpr u16 kAddresses[] = {0, 12, 36, 216};

	if (in.size() < kFixedSize)
		return kMore;
	const u8 command = in[12];
	const u8 family = in[13] >> 4;
	const u8 transport = in[13] & 15;
	const u16 length = load_be16(in.data() + 14);
	ProxyHeader header = done(kFixedSize + length);

	if ((command != 0x20 && command != 0x21) || header.size > kMaxProxyHeader)
		return {};
	if (command == 0x20)
		return header;
	if (family > 3 || transport > 2 || length < kAddresses[family])
		return {};
	header.additions = static_cast<u32>(kFixedSize + kAddresses[family]);
	if (transport != 1 || family == 0 || family == 3)
		return header;
	const usize address = family == 1 ? 4 : kAddressSize;
	const u8 *source = in.data() + kFixedSize;

	if (in.size() < kFixedSize + kAddresses[family])
		return kMore;
	if (family == 1)
		map_ipv4(source, header.address);
	else
		__builtin_memcpy(header.address, source, kAddressSize);
	header.port = load_be16(source + 2 * address);
	header.named = true;
	return header;
}

} // namespace

ProxyHeader parse_proxy_header(Bytes in)
{
	if (in.empty())
		return kMore;
	const Bytes start = in[0] == kLineStart[0] ? kLineStart : kSignature;

	if (in.prefix(start.size()) != start.prefix(in.size()))
		return {};
	if (in.size() < start.size())
		return kMore;
	return in[0] == kLineStart[0] ? parse_version_1(in) : parse_version_2(in);
}

// Takes a byte of an addition's type or length.
void ProxyAdditions::begin(u8 c)
{
	if (begun_ == 0)
		type_ = c;
	else
		left_ = static_cast<u16>(left_ << 8 | c);
	if (++begun_ < kAdditionHead)
		return;
	awaits_client_ = type_ == kTlsType;
	good_ = good_ && (!awaits_client_ || left_ >= kTlsSize);
	if (left_ == 0)
		begun_ = 0;
}

void ProxyAdditions::take(Bytes in)
{
	const Bytes skipped = in.prefix(before_);

	before_ -= static_cast<u32>(skipped.size());
	in = in.drop(skipped.size());
	while (!in.empty() && good_) {
		if (begun_ < kAdditionHead) {
			begin(in[0]);
			in = in.drop(1);
			continue;
		}
		const usize size = in.prefix(left_).size();

		if (awaits_client_)
			secure_ = secure_ || (in[0] & kClientHasTls);
		awaits_client_ = false;
		in = in.drop(size);
		left_ = static_cast<u16>(left_ - size);
		if (left_ == 0)
			begun_ = 0;
	}
}

} // namespace khttpd
