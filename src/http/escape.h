// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>

#include "base/bytes.h"
#include "http/response_writer.h"

namespace khttpd {

// Each writes the escaped text into `out` and returns it; an empty result for a text that is not
// empty means that it did not fit.

// For HTML text and quoted attributes.
Bytes escape_html(Bytes text, std::span<u8> out);

// For the inside of a JSON string (RFC 8259 section 7). Bytes from 0x80 on are passed through.
Bytes escape_json(Bytes text, std::span<u8> out);

// Write a path or query as it was sent, with what RFC 3986 does not allow in it made "%XX". What is
// escaped stays so.
void write_uri_path(HeadWriter &out, Bytes path);
void write_uri_query(HeadWriter &out, Bytes query);

// Writes a decoded path, with every percent sign escaped: the opposite of normalize_path().
void write_decoded_path(HeadWriter &out, Bytes path);

// For a URI's path (RFC 3986 section 3.3): the opposite of normalize_path(). Slashes stay.
Bytes escape_uri_path(Bytes path, std::span<u8> out);

} // namespace khttpd
