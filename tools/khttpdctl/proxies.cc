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

bool takes_for_proxy(const std::string &config, const std::string &address)
{
	khttpd::u8 bytes[khttpd::kAddressSize];
	std::istringstream lines(config);
	std::string line;
	khttpd::u32 compared = 0;

	if (!khttpd::read_address(bytes_of(address), bytes))
		return false;
	while (std::getline(lines, line)) {
		std::istringstream words(line);
		std::string name;
		std::string word;

		words >> name >> word;
		if (name != "proxy_protocol")
			continue;
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
