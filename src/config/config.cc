// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/config.h"

#include "http/date.h"
#include "http/etag.h"
#include "http/response_writer.h"
#include "config/config_error.h"
#include "base/errno.h"

namespace khttpd {

namespace {

constexpr u32 kPageHeadSize = 512;
// The heads of the page and of its 304, and the tag.
constexpr u32 kPageSpace = 2 * kPageHeadSize + kMaxEtagSize;

// Checks texts in the order of params.def and stores them; the first error stays.
class ConfigReader {
public:
	ConfigReader(const char *const *values, char *storage, ConfigError &error)
		: values_(values), storage_(storage), error_(error)
	{
	}

	u32 number(kh_param_id id, const char *name, u64 low, u64 high)
	{
		const char *text = value(id);
		u64 n = 0;
		const bool is_number = decimal(text, n);

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
		char *copy = storage_;
		__builtin_memcpy(copy, text, size + 1);
		storage_ += size + 1;
		return {copy, size};
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
		if (s.docroot.size && s.docroot.data[0] != '/')
			error_.fail(-kEINVAL)
				.text("docroot=")
				.shown(s.docroot.data)
				.text(" does not begin with /");
	}

	const char *value(kh_param_id id) const
	{
		return values_[id] ? values_[id] : khttpd_param_defaults[id];
	}
	char *storage() const { return storage_; }

private:
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
	static bool decimal(const char *text, u64 &n)
	{
		if (!*text)
			return false;
		for (; *text; text++) {
			if (*text < '0' || *text > '9' || __builtin_mul_overflow(n, u64{10}, &n) ||
			    __builtin_add_overflow(n, static_cast<u64>(*text - '0'), &n))
				return false;
		}
		return true;
	}

	const char *const *values_;
	char *storage_;
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

// `\n` and `\\` of the body parameter.
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

// A hash of the content (FNV-1a, 64 bits), as a strong entity tag.
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

// Renders the built-in page into `out`, which has room for kPageSpace and the body's text. Returns
// what is behind it.
u8 *prepare_page(u8 *out, khttpd_config &config)
{
	HeadWriter head({out, kPageHeadSize});
	HeadWriter unchanged({out + kPageHeadSize, kPageHeadSize});
	u8 *const etag = out + 2 * kPageHeadSize;
	u8 *const content = etag + kMaxEtagSize;
	PreparedReply &page = config.page;

	page.content = {content, unescape(bytes_of(config.settings.body), content)};
	// No Last-Modified (RFC 9110 section 8.8.2.1): when the text was written is not known, and
	// when it was read differs between machines that send the same.
	config.page_validators = {content_etag(page.content, etag), 0, false};
	page.status = Status::ok;
	begin_page_head(config.page_validators, head, page);
	head.field("Content-Type"_b, "text/plain; charset=utf-8"_b);
	head.field("Content-Length"_b, page.content.size());
	page.head = head.written();
	config.page_not_modified.content = page.content.prefix(0);
	config.page_not_modified.status = Status::not_modified;
	begin_page_head(config.page_validators, unchanged, config.page_not_modified);
	config.page_not_modified.head = unchanged.written();
	return content + page.content.size();
}

// A module that is loaded without parameters must work, with or without a site: the default need
// not be there.
void open_root(khttpd_config &config, ConfigError &error)
{
	const kh_text &path = config.settings.docroot;
	kh_root *root = nullptr;
	int err = path.size ? kh_root_open(path.data, &root) : 0;

	if (err == -kENOENT &&
	    __builtin_strcmp(path.data, khttpd_param_defaults[KH_PARAM_docroot]) == 0)
		err = 0;
	config.root = Root(root);
	if (err)
		error.fail(err)
			.text("docroot=")
			.shown(path.data)
			.text(": ")
			.text(err == -kENOENT  ? "no such directory" :
			      err == -kENOTDIR ? "not a directory" :
						 "cannot be opened");
}

// Makes the whole of it, of memory for `storage_size` bytes behind it.
void read_config(khttpd_config &config, const char *const *values, usize storage_size,
		 ConfigError &error)
{
	ConfigReader reader(values, config.storage, error);

	read_settings(reader, config.settings);
	reader.cross_rules(config.settings);
	if (!error.err())
		open_root(config, error);
	if (!error.err() && config.settings.error_pages.size && !config.root)
		error.fail(-kEINVAL).text("error_pages: files need docroot");
	if (error.err())
		return;
	u8 *rest = prepare_page(reinterpret_cast<u8 *>(reader.storage()), config);
	u8 *end = reinterpret_cast<u8 *>(config.storage) + storage_size;
	config.error_pages.read(bytes_of(config.settings.error_pages),
				{rest, static_cast<usize>(end - rest)}, error);
	if (!error.err())
		config.routes = RouteTable::create(config, error);
}

usize length_of(const char *text)
{
	return text ? __builtin_strlen(text) : 0;
}

usize storage_size(const char *const *values)
{
	usize size = kPageSpace;

	for (u32 id = 0; id < KH_PARAM_COUNT; id++)
		size += length_of(values[id]) + 1;
		// The defaults, the body once more as the page, and the names of error pages.
#define KH_UINT(name, value, low, high, unit, description)
#define KH_BOOL(name, value, description)
#define KH_TEXT(name, type, value, low, high, description) size += sizeof(value);
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	return size + length_of(values[KH_PARAM_body]) + length_of(values[KH_PARAM_error_pages]) +
	       64;
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
		line.fail(-khttpd::kENOMEM).text("out of memory");
		return line.err();
	}
	auto *config = new (memory) khttpd_config{};
	khttpd::read_config(*config, values, size, line);
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
