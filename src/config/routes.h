// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Routes: paths whose replies are written in the configuration. A table belongs to its
 * configuration and is immutable; lookup allocates nothing, in any context.
 *
 *	PATH STATUS TYPE 'TEXT'		content as it is
 *	PATH STATUS TYPE file:NAME	a file below the document root
 *	PATH 301 ADDRESS		a redirection, also 302, 303, 307, 308
 *	PATH 204			no content
 *
 * Entries are separated by a semicolon that stands alone.
 */
#pragma once

#include "base/owned.h"
#include "config/config_error.h"
#include "config/prepared_reply.h"

namespace khttpd {

struct Route {
	// As normalize_path() gives it.
	Bytes path;
	Status status = Status::none;
	// Of content: Content-Type's value.
	Bytes type;
	// Empty, or the name of the file, with a NUL behind it.
	Bytes file;
	// Unless there is a file.
	PreparedReply reply;
};

class RouteTable {
public:
	static void destroy(const RouteTable *table) noexcept { kh_free(table); }
	using Owner = Owned<const RouteTable, destroy>;

	// Makes the table of the settings and the document root. The owner is empty when there are
	// no routes, or with `error` set. Process context.
	static Owner create(const khttpd_config &config, ConfigError &error);

	// `path` is normalized. Null if no route is for it. Any context.
	const Route *find(Bytes path) const;

	// As find(), and tells where such a route is or would be.
	const Route *find(Bytes path, u32 &place) const;
	// Inserts a route for a path that has none, at its place.
	void insert(const Route &route, u32 place);

private:
	u32 count_ = 0;
	Route routes_[];
};

} // namespace khttpd
