// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/config.h"

#include "server/config_error.h"
#include "server/errno.h"

namespace khttpd {

namespace {

constexpr u32 kPageHeadSize = 512;

// Checks texts in the order of params.def and stores them; the first error stays.
class ConfigReader {
public:
	ConfigReader(const char *const *values, char *storage, ConfigError &error)
		: values_(values), storage_(storage), error_(error)
	{
	}

	u32 number(kh_param_id id, const char *name, const char *fallback, u64 low, u64 high)
	{
		const char *text = value(id, fallback);
		u64 n = 0;
		const bool is_number = decimal(text, n);

		if (is_number && n >= low && n <= high)
			return static_cast<u32>(n);
		error_.fail(is_number ? -kERANGE : -kEINVAL)
			.text(name)
			.text("=")
			.text(text)
			.text(is_number ? " is out of range: " : " is not a number: ")
			.number(low)
			.text("..")
			.number(high);
		return 0;
	}

	u32 boolean(kh_param_id id, const char *name, const char *fallback)
	{
		const char *text = value(id, fallback);

		for (const char *yes : {"1", "y", "Y", "yes", "on", "true"}) {
			if (same(text, yes))
				return 1;
		}
		for (const char *no : {"0", "n", "N", "no", "off", "false"}) {
			if (same(text, no))
				return 0;
		}
		error_.fail(-kEINVAL).text(name).text("=").text(text).text(" is neither 0 nor 1");
		return 0;
	}

	kh_text string(kh_param_id id, const char *name, const char *fallback, u32 low, u32 high)
	{
		const char *text = value(id, fallback);
		u32 size = static_cast<u32>(__builtin_strlen(text));

		if (size < low || size > high)
			error_.fail(-kERANGE)
				.text(name)
				.text(": the text's length is out of range: ")
				.number(low)
				.text("..")
				.number(high)
				.text(" bytes");
		else if (has_control(text))
			error_.fail(-kEINVAL).text(name).text(
				": control characters are not allowed");
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
		if (s.docroot.size && s.docroot.data[0] != '/')
			error_.fail(-kEINVAL)
				.text("docroot=")
				.text(s.docroot.data)
				.text(" does not begin with /");
		if (s.error_pages.size && s.docroot.size == 0)
			error_.fail(-kEINVAL).text("error_pages: files need docroot");
	}

	const char *value(kh_param_id id, const char *fallback) const
	{
		return values_[id] ? values_[id] : fallback;
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
	s.name = reader.number(KH_PARAM_##name, #name, #value, low, high);
#define KH_BOOL(name, value, description) \
	s.name##_ = reader.boolean(KH_PARAM_##name, #name, #value);
#define KH_TEXT(name, type, value, low, high, description) \
	s.name = reader.string(KH_PARAM_##name, #name, value, low, high);
#include "server/params.def"
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

// Renders the built-in page into `out`, which has room for its head and the body's text. Returns
// what is behind it.
u8 *prepare_page(const kh_settings &settings, u8 *out, PreparedReply &page)
{
	u8 *content = out + kPageHeadSize;
	const usize size = unescape(bytes_of(settings.body), content);

	prepare_reply({out, kPageHeadSize}, Status::ok, {}, "text/plain; charset=utf-8"_b,
		      {content, size}, page);
	return content + size;
}

void open_root(khttpd_config &config, ConfigError &error)
{
	const kh_text &path = config.settings.docroot;
	int err = path.size ? kh_root_open(path.data, &config.root) : 0;

	if (err)
		error.fail(err)
			.text("docroot=")
			.text(path.data)
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
	if (error.err())
		return;
	u8 *rest = prepare_page(config.settings, reinterpret_cast<u8 *>(reader.storage()),
				config.page);
	u8 *end = reinterpret_cast<u8 *>(config.storage) + storage_size;
	config.error_pages.read(bytes_of(config.settings.error_pages),
				{rest, static_cast<usize>(end - rest)}, error);
	if (!error.err())
		config.routes = RouteTable::create(config.settings, error);
	if (!error.err())
		open_root(config, error);
}

usize length_of(const char *text)
{
	return text ? __builtin_strlen(text) : 0;
}

usize storage_size(const char *const *values)
{
	usize size = kPageHeadSize;

	for (u32 id = 0; id < KH_PARAM_COUNT; id++)
		size += length_of(values[id]) + 1;
		// The defaults, the body once more as the page, and the names of error pages.
#define KH_UINT(name, value, low, high, unit, description)
#define KH_BOOL(name, value, description)
#define KH_TEXT(name, type, value, low, high, description) size += sizeof(value);
#include "server/params.def"
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
#include "server/params.def"
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
	if (config) {
		kh_free(config->routes);
		kh_root_close(config->root);
	}
	kh_free(config);
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
