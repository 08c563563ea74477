// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The configuration is an immutable value made of the parameters' texts, which RCU publishes. The
 * namespace's server (kapi/control/server.c) owns it; it is borrowed for the length of a run.
 */
#pragma once

#include "base/bytes.h"
#include "http/accept_encoding.h"
#include "http/conditional.h"
#include "kapi/kapi.h"
#include "config/error_pages.h"
#include "config/prepared_reply.h"
#include "config/root.h"
#include "config/routes.h"

struct khttpd_config {
	kh_settings settings;
	// The built-in page is for `/` without a document root. A client that has it already gets
	// page_not_modified.
	khttpd::PreparedReply page;
	khttpd::PreparedReply page_not_modified;
	khttpd::Validators page_validators;
	// Those of files that lie beside another.
	khttpd::CodingOrder codings;
	// This is empty when there is no document root.
	khttpd::Root root;
	// This is empty when there are no routes.
	khttpd::RouteTable::Owner routes;
	// The texts that the settings point to, the page and the names of error pages lie behind
	// this in the same allocation.
	khttpd::ErrorPages error_pages;
};

namespace khttpd {

inline Bytes bytes_of(const kh_text &text)
{
	return {reinterpret_cast<const u8 *>(text.data), text.size};
}

} // namespace khttpd
