// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/places/listening.h"

#include "config/places/access.h"

namespace khttpd {

namespace {

constexpr usize kMostAddresses = 16;
constexpr usize kMaxDeviceName = 15; // IFNAMSIZ, without the NUL

bool is_blank_of_list(u8 c)
{
	return c == ' ' || c == '\t';
}

Bytes without_blanks(Bytes text)
{
	while (!text.empty() && is_blank_of_list(text[0]))
		text = text.drop(1);
	while (!text.empty() && is_blank_of_list(text.back()))
		text = text.prefix(text.size() - 1);
	return text;
}

// As the kernel has names of network devices: dev_valid_name(). A comma ends the address.
bool is_device_name(Bytes name)
{
	if (name.empty() || name.size() > kMaxDeviceName || name == "."_b || name == ".."_b)
		return false;
	for (u8 c : name) {
		if (c <= ' ' || c == 0x7f || c == '/' || c == ':')
			return false;
	}
	return true;
}

// Why nobody can listen on an address, which may have `%DEVICE` behind it; null if one can.
const char *wrong_address(Bytes text)
{
	const Bytes address = text.prefix(text.find('%'));
	const bool on_device = address.size() < text.size();
	const bool ipv6 = address.find(':') < address.size();
	AccessRule read;

	if (on_device && !is_device_name(text.drop(address.size() + 1)))
		return " does not name a network device after %: 1 to 15 bytes, without blanks, "
		       "/ or :";
	if (address == "*"_b)
		return nullptr;
	if (address == "all"_b || address.find('/') < address.size() ||
	    !read_network(address, read))
		return " is neither an IPv4 or IPv6 address nor *";
	// The reader maps what is written as IPv4.
	const u8 *bytes = read.network;
	if (ipv6 && !on_device && bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80)
		return " is a link-local address: write its interface behind it, as in "
		       "fe80::1%eth0";
	for (usize i = 0; ipv6 && i < 10; i++) {
		if (bytes[i])
			return nullptr;
	}
	return ipv6 && bytes[10] == 0xff && bytes[11] == 0xff ?
		       " is an IPv4-mapped IPv6 address: write the IPv4 address" :
		       nullptr;
}

} // namespace

void check_listening(Bytes text, Mistakes &mistakes)
{
	for (usize count = 1;; count++) {
		const usize size = text.find(',');
		const Bytes address = without_blanks(text.prefix(size));
		const char *wrong = count > kMostAddresses ? "" : wrong_address(address);

		if (count > kMostAddresses)
			mistakes.fail(-kEINVAL)
				.text("bind: more than ")
				.number(kMostAddresses)
				.text(" addresses");
		else if (wrong)
			mistakes.fail(-kEINVAL)
				.text("bind: ")
				.shown(address.empty() ? "(empty)"_b : address)
				.text(wrong);
		if (wrong || size == text.size())
			return;
		text = text.drop(size + 1);
	}
}

} // namespace khttpd
