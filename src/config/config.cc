// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "config/config.h"

#include "base/errno.h"
#include "config/builder.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/response_writer.h"

namespace khttpd {

namespace {

constexpr usize kPageHeadSize = 512;
// The page has two heads, its own and that of its 304, and a tag.
constexpr usize kPageSpace = 2 * kPageHeadSize + kMaxEtagSize;

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

void begin_page_head(const khttpd_config &config, HeadWriter &head, PreparedReply &reply)
{
	reply.date_offset = static_cast<u16>(head_date_offset(reply.status));
	head.begin(reply.status, kAnyHttpDate, config.top->server_field);
	head.field("ETag"_b, config.page_validators.etag);
}

// Renders the built-in page. False when there is no memory.
bool prepare_page(khttpd_config &config, Mistakes &mistakes)
{
	const Bytes body = bytes_of(config.settings.body);
	Arena &arena = config.memory.arena(kPageSpace + body.size(), mistakes);
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
	begin_page_head(config, head, page);
	head.field("Content-Type"_b, "text/plain; charset=utf-8"_b);
	head.field("Content-Length"_b, page.content.size());
	page.head = head.written();
	config.page_not_modified.content = page.content.prefix(0);
	config.page_not_modified.status = Status::not_modified;
	begin_page_head(config, unchanged, config.page_not_modified);
	config.page_not_modified.head = unchanged.written();
	return head.ok() && unchanged.ok();
}

// Whether a line of a text is a setting of the whole server, or the top's alone by its name.
bool is_top_setting(Bytes line)
{
	return setting_named(line.prefix(line.find(' '))) != KH_PARAM_COUNT;
}

// Keeps what khttpd_config_print() does not tell: all but the first lines' settings of params.def.
void keep_rest(khttpd_config &config, Bytes text, Mistakes &mistakes)
{
	Arena &arena = config.memory.arena(text.size() + 1, mistakes);
	const std::span<u8> room = arena.room();
	bool top = true;
	usize size = 0;

	while (!text.empty() && size < room.size()) {
		const Bytes line = next_line(text);

		top = top && line[0] != '[';
		if (top && is_top_setting(line))
			continue;
		__builtin_memcpy(room.data() + size, line.data(), line.size());
		size += line.size();
		room[size++] = '\n';
	}
	config.rest = arena.keep(size);
}

// Makes the whole of it. `open`: document roots are opened, not only named.
void build(khttpd_config &config, LineSource source, bool open, Mistakes &mistakes)
{
	void *memory = kh_alloc(sizeof(Builder), KH_GFP_ACCOUNT);

	if (!memory) {
		mistakes.fail_memory();
		return;
	}
	auto *builder = new (memory) Builder(config, mistakes);
	builder->read_places(source);
	if (!mistakes.err() && open)
		config.roots.open(config.settings.net, mistakes);
	if (!mistakes.err() && !prepare_page(config, mistakes))
		mistakes.fail_memory();
	if (!mistakes.err())
		builder->read_rules(source);
	kh_free(memory);
}

int finish_create(khttpd_config *config, const Mistakes &mistakes, khttpd_config **out)
{
	if (mistakes.err()) {
		khttpd_config_destroy(config);
		config = nullptr;
	}
	*out = config;
	return mistakes.err();
}

khttpd_config *begin_create(kh_net *net, Mistakes &mistakes)
{
	void *memory = kh_alloc(sizeof(khttpd_config), KH_GFP_ACCOUNT);

	if (!memory) {
		mistakes.fail_memory();
		return nullptr;
	}
	auto *config = new (memory) khttpd_config();
	config->settings.net = net;
	return config;
}

} // namespace

khttpd_config *build_config(Bytes text, bool open, Mistakes &mistakes, kh_net *net)
{
	khttpd_config *config = begin_create(net, mistakes);

	if (!config)
		return nullptr;
	build(*config, LineSource(text), open, mistakes);
	if (!mistakes.err())
		keep_rest(*config, text, mistakes);
	static_cast<void>(finish_create(config, mistakes, &config));
	return config;
}

Match find_among_places(const khttpd_config &config, const Request &request, Bytes head,
			const NormalizedPath &path, SiteMemo *memo)
{
	const Bytes host = host_of(request, head);
	const u16 site = memo ? memo->find_site(config.places, config.top->generation, host) :
				config.places.find_site(host);

	return path.status == Status::none ? config.places.find(site, path.path) :
					     Match{&config.places.place_of(site), nullptr, 0};
}

} // namespace khttpd

extern "C" {

int khttpd_config_create(kh_net *net, const char *const *values, khttpd_config **out, char *error,
			 size_t error_size) noexcept
{
	khttpd::Mistakes mistakes({error, error_size}, khttpd::Mistakes::Form::parameters);
	khttpd_config *config = khttpd::begin_create(net, mistakes);

	if (config)
		khttpd::build(*config, khttpd::LineSource(values), true, mistakes);
	return khttpd::finish_create(config, mistakes, out);
}

int khttpd_config_read(kh_net *net, const char *text, size_t size, khttpd_config **out,
		       char *mistakes, size_t mistakes_size) noexcept
{
	khttpd::Mistakes told({mistakes, mistakes_size});

	*out = khttpd::build_config(khttpd::Bytes::literal(text, size), true, told, net);
	return told.err();
}

void khttpd_config_destroy(khttpd_config *config) noexcept
{
	if (config)
		config->~khttpd_config();
	kh_free(config);
}

bool khttpd_config_has_root(const khttpd_config *config) noexcept
{
	return config->top->root() != nullptr;
}

bool khttpd_config_rates(const khttpd_config *config) noexcept
{
	return config->rates;
}

bool khttpd_config_logs(const khttpd_config *config) noexcept
{
	return config->logs;
}

const kh_settings *khttpd_config_settings(const khttpd_config *config) noexcept
{
	return &config->settings;
}

int khttpd_config_print(const khttpd_config *config, kh_param_id id, bool words, char *out,
			size_t size) noexcept
{
	khttpd::TextWriter writer({out, size});

	khttpd::print_setting(config->settings, id,
			      words ? khttpd::ValueForm::words : khttpd::ValueForm::plain, writer);
	return writer.cut() ? -khttpd::kENOSPC : static_cast<int>(writer.size());
}

const char *khttpd_config_rest(const khttpd_config *config, size_t *size) noexcept
{
	*size = config->rest.size();
	return reinterpret_cast<const char *>(config->rest.data());
}
}
