// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Files that are sent as the content of errors. Their names lie in the configuration's memory. Read
 * in process context, looked up in any.
 */
#pragma once

#include "config/text/config_memory.h"
#include "http/status.h"

namespace khttpd {

class ErrorPages {
public:
	// Reads them all from one text, as `STATUS=NAME` and separated by blanks, in place of
	// those there are.
	void read(Bytes text, ConfigMemory &memory, Mistakes &mistakes);
	// Reads one more, which takes the place of an inherited one.
	void read_one(Bytes code, Bytes name, ConfigMemory &memory, Mistakes &mistakes);
	// What is set from now on is of a place within; what there is may be replaced once more.
	void inherit();

	// Finds the name of the status's file, with a NUL behind it; empty if it has none.
	Bytes find(Status status) const;
	// The line in which this place's own were read last; 0 without any.
	u32 line() const { return line_; }

private:
	struct Page {
		Status status;
		Bytes code;
		Bytes name;
		bool own; // set in this place
	};

	// Sets the page of a code. Null, or what is wrong.
	const char *set(Bytes code, Bytes name, ConfigMemory &memory, Mistakes &mistakes);

	u32 line_ = 0;
	// These are what comes of a file that cannot be sent. All other errors are found before one
	// is looked for, or belong to one that is there.
	Page pages_[4] = {{Status::forbidden, "403"_b, {}, false},
			  {Status::not_found, "404"_b, {}, false},
			  {Status::internal_server_error, "500"_b, {}, false},
			  {Status::service_unavailable, "503"_b, {}, false}};
};

} // namespace khttpd
