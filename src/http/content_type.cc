// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/content_type.h"

#include "http/mime.h"

namespace khttpd {

void write_content_type(HeadWriter &value, Bytes type, Bytes charset)
{
	value.raw(type);
	if (!charset.empty() && mime_takes_charset(type)) {
		value.raw("; charset="_b);
		value.raw(charset);
	}
}

} // namespace khttpd
