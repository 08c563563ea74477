// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "http/response_writer.h"

namespace khttpd {

// The longest value of Content-Type that a configuration can make: a route's type with a charset.
inline constexpr usize kContentTypeSize = 208;

// Whether the text is a media type with its parameters (RFC 9110 section 8.3.1), without blanks
// around the semicolons and without empty parameters.
bool valid_media_type(Bytes text);

// Writes the value: the media type, and the charset parameter where a type of text takes one.
void write_content_type(HeadWriter &value, Bytes type, Bytes charset);

} // namespace khttpd
