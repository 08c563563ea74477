// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Files that are sent as the content of errors, written as `STATUS=NAME` and separated by blanks.
 * They are a part of the configuration, in whose memory their names lie. Any context.
 */
#pragma once

#include "base/arena.h"
#include "http/status.h"
#include "config/config_error.h"

namespace khttpd {

class ErrorPages {
public:
	// Takes the names from the arena, which has a byte more than the text. `error` is set when
	// the text is refused. Process context.
	void read(Bytes text, Arena &arena, ConfigError &error);

	// Finds the name of the status's file, with a NUL behind it; empty if it has none.
	Bytes find(Status status) const;

private:
	struct Page {
		Status status;
		Bytes code;
		Bytes name;
	};

	Page *find_code(Bytes code);

	// These are what comes of a file that cannot be sent. All other errors are found before one
	// is looked for, or belong to one that is there.
	Page pages_[4] = {{Status::forbidden, "403"_b, {}},
			  {Status::not_found, "404"_b, {}},
			  {Status::internal_server_error, "500"_b, {}},
			  {Status::service_unavailable, "503"_b, {}}};
};

} // namespace khttpd
