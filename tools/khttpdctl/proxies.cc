// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "proxies.h"

#include <sstream>

#include "config/places/access.h"

namespace khttpdctl {

namespace {

khttpd::Bytes bytes_of(const std::string &text)
{
	return khttpd::Bytes::literal(text.data(), text.size());
}

} // namespace

bool is_proxy(const std::vector<std::string> &values, const std::string &address)
{
	khttpd::u8 bytes[khttpd::kAddressSize];
	khttpd::u32 compared = 0;

	if (!khttpd::read_address(bytes_of(address), bytes))
		return false;
	for (const std::string &value : values) {
		std::istringstream words(value);
		std::string word;

		while (words >> word) {
			khttpd::AccessRule network;

			if (khttpd::read_network(bytes_of(word), network) &&
			    khttpd::is_within({&network, 1}, bytes, compared))
				return true;
		}
	}
	return false;
}

} // namespace khttpdctl
