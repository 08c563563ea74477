// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/content_type.h"

#include "http/chars.h"
#include "http/mime.h"

namespace khttpd {

namespace {

// Returns the size of the quoted string at the beginning of the text (RFC 9110 section 5.6.4), 0
// when there is none.
usize quoted_string_size(Bytes text)
{
	for (usize i = 1; i < text.size(); i++) {
		if (text[i] == '"')
			return i + 1;
		if (text[i] == '\\')
			i++;
		if (i == text.size() || !has_class(text[i], kCharText))
			return 0;
	}
	return 0;
}

// Takes `;NAME=VALUE` off the text; false when it does not begin with that.
bool take_parameter(Bytes &text)
{
	const usize equals = text.find('=');
	usize size = 0;

	if (text[0] != ';' || !is_token(text.prefix(equals).drop(1)))
		return false;
	text = text.drop(equals + 1);
	if (!text.empty() && text[0] == '"') {
		size = quoted_string_size(text);
	} else {
		while (size < text.size() && is_token_char(text[size]))
			size++;
	}
	text = text.drop(size);
	return size != 0;
}

} // namespace

bool valid_media_type(Bytes text)
{
	const Bytes essence = text.prefix(text.find(';'));
	const usize slash = essence.find('/');

	if (!is_token(essence.prefix(slash)) || !is_token(essence.drop(slash + 1)))
		return false;
	text = text.drop(essence.size());
	while (!text.empty()) {
		if (!take_parameter(text))
			return false;
	}
	return true;
}

void write_content_type(HeadWriter &value, Bytes type, Bytes charset)
{
	value.raw(type);
	if (!charset.empty() && mime_takes_charset(type)) {
		value.raw("; charset="_b);
		value.raw(charset);
	}
}

} // namespace khttpd
