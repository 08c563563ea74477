// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "http/response_writer.h"

namespace khttpd {

// The longest value of Content-Type that a configuration can make: a route's type with a charset.
inline constexpr usize kContentTypeSize = 208;

// Writes the value: the media type, and the charset parameter where a type of text takes one.
void write_content_type(HeadWriter &value, Bytes type, Bytes charset);

} // namespace khttpd
