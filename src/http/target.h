// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>

#include "base/bytes.h"
#include "http/status.h"

namespace khttpd {

struct NormalizedPath {
	// none: `path` is good. 400: a "%" without two hexadecimal digits. 404: a path that no
	// file can have (an encoded slash or NUL, or too long for `out` once it is decoded) or that
	// climbs above the root.
	Status status;
	// Begins with '/', has no dot segment and no empty one, and is followed by a NUL in `out`.
	Bytes path;
	// It ends in '/', as it was sent or since its last segment was a dot segment.
	bool directory;
	// A segment begins with '.', as names do that are not for everybody (.git, .htpasswd);
	// /.well-known (RFC 8615) is not one of them.
	bool hidden;
};

// The only place where a path is decoded, once: removes percent-encoding, then dot segments
// (RFC 3986 section 5.2.4; "%2e" counts as "."), then repeated slashes. An empty path means "/".
// `out` needs a byte more than the decoded path.
NormalizedPath normalize_path(Bytes path, std::span<u8> out);

} // namespace khttpd
