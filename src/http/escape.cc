// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "http/escape.h"

#include "http/chars.h"

namespace khttpd {

namespace {

class EscapeOutput {
public:
	explicit EscapeOutput(std::span<u8> out) : out_(out) {}

	void put(Bytes text)
	{
		if (!fits_ || text.size() > out_.size() - size_) {
			fits_ = false;
			return;
		}
		__builtin_memcpy(out_.data() + size_, text.data(), text.size());
		size_ += text.size();
	}
	void put(u8 c) { put(Bytes(&c, 1)); }
	void put_hex(u8 c, Bytes digits)
	{
		put(digits[c >> 4]);
		put(digits[c & 15]);
	}
	Bytes result() const { return {out_.data(), fits_ ? size_ : 0}; }

private:
	std::span<u8> out_;
	usize size_ = 0;
	bool fits_ = true;
};

// pchar (RFC 3986 section 3.3) without escapes: all that a host name may have, and ":" "@"; and the
// slash.
bool is_path_char(u8 c)
{
	return has_class(c, kCharRegName) || c == ':' || c == '@' || c == '/';
}

void write_uri(HeadWriter &out, Bytes text, u8 allowed)
{
	while (!text.empty()) {
		const u8 *const end = skip_class(text.data(), text.end(), allowed);
		const usize plain = static_cast<usize>(end - text.data());
		const Bytes remainder = text.drop(plain);

		out.raw(text.prefix(plain));
		if (remainder.empty())
			return;
		const bool escape = escaped_byte(remainder) >= 0;
		const u8 coded[3] = {'%', "0123456789ABCDEF"_b[remainder[0] >> 4],
				     "0123456789ABCDEF"_b[remainder[0] & 15]};

		out.raw(escape ? remainder.prefix(3) : Bytes(coded, sizeof(coded)));
		text = remainder.drop(escape ? 3 : 1);
	}
}

} // namespace

Bytes escape_html(Bytes text, std::span<u8> out)
{
	EscapeOutput output(out);

	for (u8 c : text) {
		switch (c) {
		case '&':
			output.put("&amp;"_b);
			break;
		case '<':
			output.put("&lt;"_b);
			break;
		case '>':
			output.put("&gt;"_b);
			break;
		case '"':
			output.put("&quot;"_b);
			break;
		case '\'':
			output.put("&#39;"_b);
			break;
		default:
			output.put(c);
		}
	}
	return output.result();
}

Bytes escape_json(Bytes text, std::span<u8> out)
{
	EscapeOutput output(out);

	for (u8 c : text) {
		if (c == '"' || c == '\\') {
			output.put('\\');
			output.put(c);
		} else if (c < 0x20 || c == 0x7f) {
			output.put("\\u00"_b);
			output.put_hex(c, "0123456789abcdef"_b);
		} else {
			output.put(c);
		}
	}
	return output.result();
}

void write_uri_path(HeadWriter &out, Bytes path)
{
	write_uri(out, path, kCharPath);
}

void write_uri_query(HeadWriter &out, Bytes query)
{
	write_uri(out, query, kCharQuery);
}

void write_decoded_path(HeadWriter &out, Bytes path)
{
	for (u8 c : path) {
		const u8 coded[3] = {'%', "0123456789ABCDEF"_b[c >> 4],
				     "0123456789ABCDEF"_b[c & 15]};

		out.raw(is_path_char(c) ? Bytes(&c, 1) : Bytes(coded, sizeof(coded)));
	}
}

Bytes escape_uri_path(Bytes path, std::span<u8> out)
{
	EscapeOutput output(out);

	for (u8 c : path) {
		if (is_path_char(c)) {
			output.put(c);
		} else {
			output.put('%');
			output.put_hex(c, "0123456789ABCDEF"_b);
		}
	}
	return output.result();
}

} // namespace khttpd
