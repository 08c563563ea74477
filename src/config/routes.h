// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Routes: paths whose replies are written in the configuration. A table belongs to its
 * configuration and is immutable; lookup allocates nothing, in any context.
 *
 *	PATH STATUS TYPE 'TEXT'		content as it is
 *	PATH STATUS TYPE file:NAME	a file below the document root
 *	PATH 301 ADDRESS		a redirection, also 302, 303, 307, 308
 *	PATH 204			no content, also 205
 *
 * Behind content with 413, 429 or 503 may stand retry=SECONDS.
 *
 * Entries are separated by a semicolon that stands alone.
 */
#pragma once

#include "base/owned.h"
#include "config/config_error.h"
#include "config/prepared_reply.h"

namespace khttpd {

struct Route {
	// The path is as normalize_path() gives it.
	Bytes path;
	Status status = Status::none;
	// The seconds of Retry-After; 0 when the entry does not name them.
	u32 retry = 0;
	// The value of Content-Type, where there is content.
	Bytes type;
	// The name of the file, with a NUL behind it; empty when the content is written here.
	Bytes file;
	// This is made when there is no file.
	PreparedReply reply;
};

class RouteTable {
public:
	static void destroy(const RouteTable *table) noexcept { kh_free(table); }
	using Owner = Owned<const RouteTable, destroy>;

	// Makes the table of the settings and the document root. The owner is empty when there are
	// no routes, or with `error` set. Process context.
	static Owner create(const khttpd_config &config, ConfigError &error);

	// Finds the route for a normalized path; null when there is none. Any context.
	const Route *find(Bytes path) const;

	// Finds a route as above. When there is none, `place` is set to where it would be.
	const Route *find(Bytes path, u32 &place) const;
	// Inserts a route for a path that has none, at its place.
	void insert(const Route &route, u32 place);

private:
	u32 count_ = 0;
	Route routes_[];
};

} // namespace khttpd
