// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* The first pass of the builder: settings about the addresses of clients and proxies. */
#include "config/builder.h"

#include "config/text/setting_words.h"

namespace khttpd {

namespace {

// In a rate, and at once.
constexpr u64 kMostRequests = 100000;
constexpr u64 kSecond = 1000000000; // in nanoseconds
constexpr u64 kMinute = 60 * kSecond;

} // namespace

// Adds the networks that the line names, from the word `first` on. False, with a mistake, where one
// is none.
bool Builder::add_networks(std::span<const AccessRule> &rules, bool allow, usize first)
{
	for (const Bytes word : line_.values().subspan(first)) {
		AccessRule rule;

		if (!read_network(word, rule)) {
			mistakes_.fail(-kEINVAL)
				.bytes(line_.name)
				.text(": ")
				.shown(word)
				.text(" is not an address, ADDRESS/BITS with all other bits zero, "
				      "or all");
			return false;
		}
		if (rules.size() == kMostOfList) {
			mistakes_.fail(-kERANGE)
				.bytes(line_.name)
				.text(": the entries of a section are more than ")
				.number(kMostOfList);
			return false;
		}
		rule.allow = allow;
		rules = with_one_more(rules, rule);
	}
	return true;
}

// The first one in a place takes the place of those that were handed down.
void Builder::add_access()
{
	Place &to = places_[section_];
	std::span<const AccessRule> rules = access_seen_ ? to.access :
							   std::span<const AccessRule>();

	access_seen_ = true;
	if (add_networks(rules, line_.name == "allow"_b))
		to.access = rules;
}

void Builder::add_proxies()
{
	if (level_ == Level::top)
		add_networks(config_.proxies, true);
	else
		fail_for_whole_server();
}

// Reads `forwarded`: networks, perhaps behind the name of the field, which all lines share.
void Builder::add_forwarding()
{
	Forwarding &to = config_.forwarding;
	std::span<const Bytes> words = line_.values();
	const bool standard = words[0] == "forwarded"_b;
	const bool named = standard || words[0] == "x-forwarded-for"_b;
	const ForwardedField field = standard ? ForwardedField::forwarded :
						ForwardedField::x_forwarded_for;

	if (level_ != Level::top) {
		fail_for_whole_server();
		return;
	}
	if (named && words.size() == 1) {
		mistakes_.fail(-kEINVAL).text("forwarded: names no network");
		return;
	}
	if (!to.networks.empty() && to.field != field) {
		mistakes_.fail(-kEINVAL).text(
			"forwarded: two fields: one of them would be the client's own word");
		return;
	}
	to.field = field;
	places_[section_].forwarding = &to;
	add_networks(to.networks, true, named);
}

// Reads `rate`: `NUMBER/s BURST`, `NUMBER/m BURST` or `off`.
void Builder::set_rate()
{
	Place &to = places_[section_];
	const Bytes rate = line_.words[0];
	const bool minutes = rate.ends_with("/m"_b);
	const Bytes number = rate.prefix(rate.size() < 2 ? 0 : rate.size() - 2);
	u64 requests, burst;

	if (line_.count == 1 && rate == "off"_b) {
		to.rate_interval_ns = 0;
		return;
	}
	if (line_.count != 2 || !(minutes || rate.ends_with("/s"_b)) ||
	    !read_decimal(number, requests) || requests < 1 || requests > kMostRequests ||
	    !read_decimal(line_.words[1], burst) || burst < 1 || burst > kMostRequests) {
		mistakes_.fail(-kEINVAL)
			.text("rate: must be NUMBER/s BURST, NUMBER/m BURST or off, with numbers "
			      "in 1..")
			.number(kMostRequests);
		return;
	}
	to.rate_interval_ns = (minutes ? kMinute : kSecond) / requests;
	to.rate_burst = static_cast<u32>(burst);
	to.rate_id = section_;
}

} // namespace khttpd
