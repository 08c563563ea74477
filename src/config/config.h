// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The configuration is an immutable value made of a text or of parameters, which RCU publishes. The
 * namespace's server (kapi/control/server.c) owns it; it is borrowed for the length of a run.
 */
#pragma once

#include "config/places/site_memo.h"
#include "config/prepared_reply.h"
#include "config/settings.h"
#include "http/conditional.h"
#include "http/request.h"
#include "http/target.h"
#include "kapi/kapi.h"

struct khttpd_config {
	// What all else refers to; freed last.
	khttpd::ConfigMemory memory;
	khttpd::RootList roots;
	kh_settings settings{};
	// The built-in page is for `/` without a document root. A client that has it already gets
	// page_not_modified.
	khttpd::PreparedReply page;
	khttpd::PreparedReply page_not_modified;
	khttpd::Validators page_validators;
	// What holds for every request, unless there are sites, locations or replies.
	khttpd::Place *top = nullptr;
	khttpd::PlaceTable places;
	// The peers that begin a connection by telling whose it is, by the PROXY protocol.
	std::span<const khttpd::AccessRule> proxies;
	khttpd::Forwarding forwarding;
	bool has_rules = false; // places are to be looked for
	bool usual = false;	// `/` is the built-in page, for whoever gets it
	bool logs = false;	// some replies are recorded
	bool rates = false;	// some requests are counted by address
	// The room that one reply takes in a batch at most, content copied into it included.
	khttpd::u32 reply_capacity = khttpd::kPreparedCapacity;
	// The lines of the text that are no settings of the whole server.
	khttpd::Bytes rest;
};

namespace khttpd {

// Makes a configuration of a text in the canonical form. Null, with mistakes, for one that is
// refused. With `open` the document roots are opened, as they must be to serve, by the server of
// `net`, which is null otherwise. Process context.
khttpd_config *build_config(Bytes text, bool open, Mistakes &mistakes, kh_net *net = nullptr);

// The place of a request among those that the configuration tells apart, by its host and its path,
// which may be one that was refused.
Match find_among_places(const khttpd_config &config, const Request &request, Bytes head,
			const NormalizedPath &path, SiteMemo *memo);

// The host, and perhaps port, that a request is for: that of an absolute target counts (RFC 9112
// section 3.2.2).
inline Bytes host_of(const Request &request, Bytes head)
{
	const Slice host = request.authority.present() ? request.authority :
							 request.field(Field::host);

	return host.of(head);
}

// What holds for a request. The memo may be null. Any context.
inline Match find_place(const khttpd_config &config, const Request &request, Bytes head,
			const NormalizedPath &path, SiteMemo *memo)
{
	return config.has_rules ? find_among_places(config, request, head, path, memo) :
				  Match{config.top, nullptr, 0};
}

} // namespace khttpd
