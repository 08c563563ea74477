// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/config.h"

#include "base/arena.h"
#include "http/chars.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/response_writer.h"
#include "config/config_error.h"
#include "config/setting_words.h"
#include "base/errno.h"

namespace khttpd {

namespace {

constexpr usize kPageHeadSize = 512;
// The page has two heads, its own and that of its 304, and a tag.
constexpr usize kPageSpace = 2 * kPageHeadSize + kMaxEtagSize;

const char *text_of(const char *const *values, kh_param_id id)
{
	return values[id] ? values[id] : khttpd_param_defaults[id];
}

void fail_memory(ConfigError &error)
{
	error.fail(-kENOMEM).text("out of memory");
}

// Checks texts in the order of params.def and stores them in the arena. The first error stays.
class ConfigReader {
public:
	ConfigReader(const char *const *values, Arena &arena, ConfigError &error)
		: values_(values), arena_(arena), error_(error)
	{
	}

	u32 number(kh_param_id id, const char *name, u64 low, u64 high)
	{
		const char *text = value(id);
		u64 n;
		const bool is_number =
			read_decimal(Bytes::literal(text, __builtin_strlen(text)), n);

		if (is_number && n >= low && n <= high)
			return static_cast<u32>(n);
		error_.fail(is_number ? -kERANGE : -kEINVAL)
			.text(name)
			.text("=")
			.shown(text)
			.text(is_number ? " is out of range: " : " is not a number: ")
			.number(low)
			.text("..")
			.number(high);
		return 0;
	}

	u32 boolean(kh_param_id id, const char *name)
	{
		const char *text = value(id);

		for (const char *yes : {"1", "y", "Y", "yes", "on", "true"}) {
			if (same(text, yes))
				return 1;
		}
		for (const char *no : {"0", "n", "N", "no", "off", "false"}) {
			if (same(text, no))
				return 0;
		}
		error_.fail(-kEINVAL).text(name).text("=").shown(text).text(" is neither 0 nor 1");
		return 0;
	}

	kh_text string(kh_param_id id, const char *name, u32 low, u32 high)
	{
		const char *text = value(id);
		u32 size = static_cast<u32>(__builtin_strlen(text));

		const bool fits = size >= low && size <= high;

		if (!fits || has_control(text))
			error_.fail(fits ? -kEINVAL : -kERANGE)
				.text(name)
				.text(": a text of ")
				.number(size)
				.text(fits ? " bytes has a control character: " :
					     " bytes is out of range: ")
				.number(low)
				.text("..")
				.number(high)
				.text(" bytes");
		if (error_.err())
			return {"", 0};
		const std::span<u8> copy = arena_.take(usize{size} + 1);
		if (copy.empty()) {
			fail_memory(error_);
			return {"", 0};
		}
		__builtin_memcpy(copy.data(), text, copy.size());
		return {reinterpret_cast<const char *>(copy.data()), size};
	}

	void cross_rules(const kh_settings &s)
	{
		if (s.max_target_size > s.max_header_size)
			error_.fail(-kEINVAL)
				.text("max_target_size=")
				.number(s.max_target_size)
				.text(" is larger than max_header_size=")
				.number(s.max_header_size);
		if (s.cache_size && s.cache_max_file > s.cache_size)
			error_.fail(-kEINVAL)
				.text("cache_max_file=")
				.number(s.cache_max_file)
				.text(" is larger than cache_size=")
				.number(s.cache_size);
		// It becomes the value of a parameter (RFC 9110 section 5.6.6).
		if (s.charset.size && !is_token(bytes_of(s.charset)))
			error_.fail(-kEINVAL)
				.text("charset=")
				.shown(s.charset.data)
				.text(" is not a word such as utf-8");
		if (s.docroot.size && s.docroot.data[0] != '/')
			error_.fail(-kEINVAL)
				.text("docroot=")
				.shown(s.docroot.data)
				.text(" does not begin with /");
	}

private:
	const char *value(kh_param_id id) const { return text_of(values_, id); }
	static bool same(const char *a, const char *b) { return __builtin_strcmp(a, b) == 0; }
	static bool has_control(const char *text)
	{
		for (; *text; text++) {
			unsigned char c = static_cast<unsigned char>(*text);

			if (c < 0x20 || c == 0x7f)
				return true;
		}
		return false;
	}

	const char *const *values_;
	Arena &arena_;
	ConfigError &error_;
};

void read_settings(ConfigReader &reader, kh_settings &s)
{
#define KH_UINT(name, value, low, high, unit, description) \
	s.name = reader.number(KH_PARAM_##name, #name, low, high);
#define KH_BOOL(name, value, description) s.name##_ = reader.boolean(KH_PARAM_##name, #name);
#define KH_TEXT(name, type, value, low, high, description) \
	s.name = reader.string(KH_PARAM_##name, #name, low, high);
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
}

// Resolves `\n` and `\\` of the body parameter into `out`, which is as long as the text. Returns
// the bytes written.
usize unescape(Bytes text, u8 *out)
{
	usize n = 0;

	for (usize i = 0; i < text.size(); i++) {
		u8 c = text[i];

		if (c == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == '\\'))
			c = text[++i] == 'n' ? '\n' : '\\';
		out[n++] = c;
	}
	return n;
}

// Makes a strong entity tag of a hash of the content (FNV-1a, 64 bits).
Bytes content_etag(Bytes content, u8 *out)
{
	u64 hash = 0xcbf29ce484222325;

	for (u8 c : content)
		hash = (hash ^ c) * 0x100000001b3;
	return {out, format_etag(hash, out)};
}

void begin_page_head(const Validators &validators, HeadWriter &head, PreparedReply &reply)
{
	reply.date_offset = static_cast<u16>(head_date_offset(reply.status));
	head.begin(reply.status, kAnyHttpDate);
	head.field("ETag"_b, validators.etag);
}

// Renders the built-in page. False when the arena has not kPageSpace and room for the body's text.
bool prepare_page(Arena &arena, khttpd_config &config)
{
	const Bytes body = bytes_of(config.settings.body);
	HeadWriter head(arena.take(kPageHeadSize));
	HeadWriter unchanged(arena.take(kPageHeadSize));
	const std::span<u8> etag = arena.take(kMaxEtagSize);
	PreparedReply &page = config.page;

	if (etag.empty() || arena.room().size() < body.size())
		return false;
	page.content = arena.keep(unescape(body, arena.room().data()));
	// No Last-Modified (RFC 9110 section 8.8.2.1): when the text was written is not known, and
	// when it was read differs between machines that send the same.
	config.page_validators = {content_etag(page.content, etag.data()), 0, false};
	page.status = Status::ok;
	begin_page_head(config.page_validators, head, page);
	head.field("Content-Type"_b, "text/plain; charset=utf-8"_b);
	head.field("Content-Length"_b, page.content.size());
	page.head = head.written();
	config.page_not_modified.content = page.content.prefix(0);
	config.page_not_modified.status = Status::not_modified;
	begin_page_head(config.page_validators, unchanged, config.page_not_modified);
	config.page_not_modified.head = unchanged.written();
	return head.ok() && unchanged.ok();
}

void read_codings(khttpd_config &config, ConfigError &error)
{
	const Bytes wrong =
		read_coding_order(bytes_of(config.settings.precompressed), config.codings);

	if (!wrong.empty())
		error.fail(-kEINVAL)
			.text("precompressed: ")
			.bytes(wrong)
			.text(" is none of zstd, br and gzip, once each and separated by blanks");
}

// A module that is loaded without parameters must work, with or without a site: the default need
// not be there.
void open_docroot(khttpd_config &config, ConfigError &error)
{
	const kh_text &path = config.settings.docroot;

	if (path.size == 0)
		return;
	Result<Root> root = open_root(path.data);
	if (root.ok()) {
		config.root = root.take();
		return;
	}
	const int code = root.error().code();
	if (code == kENOENT &&
	    __builtin_strcmp(path.data, khttpd_param_defaults[KH_PARAM_docroot]) == 0)
		return;
	error.fail(root.error().to_c())
		.text("docroot=")
		.shown(path.data)
		.text(": ")
		.text(code == kENOENT  ? "no such directory" :
		      code == kENOTDIR ? "not a directory" :
					 "cannot be opened");
}

// Makes the whole of it. The arena has storage_size() bytes.
void read_config(khttpd_config &config, const char *const *values, Arena arena, ConfigError &error)
{
	ConfigReader reader(values, arena, error);

	read_settings(reader, config.settings);
	reader.cross_rules(config.settings);
	if (!error.err())
		read_codings(config, error);
	if (!error.err())
		open_docroot(config, error);
	if (!error.err() && config.settings.error_pages.size && !config.root)
		error.fail(-kEINVAL).text("error_pages: files need docroot");
	if (!error.err() && !prepare_page(arena, config))
		fail_memory(error);
	if (error.err())
		return;
	config.error_pages.read(bytes_of(config.settings.error_pages), arena, error);
	if (!error.err())
		config.routes = RouteTable::create(config, error);
}

// Returns the bytes that read_config() takes from its arena at most.
usize storage_size(const char *const *values)
{
	usize size = kPageSpace;

	// Each text is copied with its NUL.
#define KH_UINT(name, value, low, high, unit, description)
#define KH_BOOL(name, value, description)
#define KH_TEXT(name, type, value, low, high, description) \
	size += __builtin_strlen(text_of(values, KH_PARAM_##name)) + 1;
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	// The body comes once more as the page, and so do the names in error_pages, for which the
	// reader wants a byte more.
	return size + __builtin_strlen(text_of(values, KH_PARAM_body)) +
	       __builtin_strlen(text_of(values, KH_PARAM_error_pages)) + 1;
}

void print_setting(const kh_settings &s, kh_param_id id, TextWriter &out)
{
	switch (id) {
#define KH_UINT(name, value, low, high, unit, description) \
	case KH_PARAM_##name:                              \
		out.number(s.name);                        \
		break;
#define KH_BOOL(name, value, description) \
	case KH_PARAM_##name:             \
		out.number(s.name##_);    \
		break;
#define KH_TEXT(name, type, value, low, high, description) \
	case KH_PARAM_##name:                              \
		out.bytes(bytes_of(s.name));               \
		break;
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	case KH_PARAM_COUNT:
		break;
	}
}

} // namespace

} // namespace khttpd

extern "C" {

const char *const khttpd_param_defaults[KH_PARAM_COUNT] = {
#define KH_UINT(name, value, low, high, unit, description) #value,
#define KH_BOOL(name, value, description) #value,
#define KH_TEXT(name, type, value, low, high, description) value,
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
};

int khttpd_config_create(const char *const *values, khttpd_config **out, char *error,
			 size_t error_size) noexcept
{
	khttpd::ConfigError line({error, error_size});
	const size_t size = khttpd::storage_size(values);
	void *memory = kh_alloc(sizeof(khttpd_config) + size, KH_GFP_KERNEL);

	*out = nullptr;
	if (!memory) {
		khttpd::fail_memory(line);
		return line.err();
	}
	auto *config = new (memory) khttpd_config();
	auto *behind = reinterpret_cast<khttpd::u8 *>(config + 1);
	khttpd::read_config(*config, values, khttpd::Arena({behind, size}), line);
	if (line.err()) {
		khttpd_config_destroy(config);
		return line.err();
	}
	*out = config;
	return 0;
}

void khttpd_config_destroy(khttpd_config *config) noexcept
{
	if (config)
		config->~khttpd_config();
	kh_free(config);
}

bool khttpd_config_has_root(const khttpd_config *config) noexcept
{
	return config->root.get() != nullptr;
}

const kh_settings *khttpd_config_settings(const khttpd_config *config) noexcept
{
	return &config->settings;
}

int khttpd_config_print(const khttpd_config *config, kh_param_id id, char *out,
			size_t size) noexcept
{
	khttpd::TextWriter writer({out, size});

	khttpd::print_setting(config->settings, id, writer);
	return writer.cut() ? -khttpd::kENOSPC : static_cast<int>(writer.size());
}
}
