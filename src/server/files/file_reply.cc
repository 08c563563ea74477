// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "server/files/file_reply.h"

#include "http/target.h"
#include "server/replies/redirect.h"

namespace khttpd {

namespace {

constexpr Bytes kMultipartType = "multipart/byteranges; boundary="_b;
// For the suffix of a coding, and NUL.
constexpr usize kSuffixRoom = 8;
// So many parts are sent whatever their fields cost in comparison with the file.
constexpr u32 kFewParts = 16;

// Ends a head that was written into the batch's room, and takes it.
void batch_take(kh_batch &batch, HeadWriter &head, Status status, ConnectionOption option)
{
	head.raw(connection_field(option));
	head.finish();
	batch.size += static_cast<u32>(head.written().size());
	batch.replies[status_class(status)]++;
}

} // namespace

FileReply::FileReply(kh_net *net, Arena arena, usize path_room, usize range_room)
	: net_(net), type_(net), name_memory_(net), path_room_(path_room)
{
	const std::span<u8> ranges = arena.take(range_room * sizeof(ByteRange));

	selection_.ranges = {reinterpret_cast<ByteRange *>(ranges.data()), range_room};
	path_ = arena.take(path_room + kSuffixRoom).data();
	path_key_ = arena.take(path_room + kKeyRoom).data();
}

// The arena holds the ranges, the path with a suffix and NUL, and a key, which is the path and what
// tells the coding and the site.
usize FileReply::buffer_size(usize path_room, usize range_room)
{
	static_assert(sizeof(FileReply) % alignof(ByteRange) == 0);
	return range_room * sizeof(ByteRange) + path_room + kSuffixRoom + path_room + kKeyRoom;
}

// The memory is as large as this request needs: most paths are short, most requests ask for no
// range, and the kernel may clear memory when it gives it.
FileReply *FileReply::create(kh_net *net, Bytes head, const Request &request)
{
	const usize needed = request.path.of(head).size() + 2;
	const usize room = needed < KH_PATH_BYTES ? needed : KH_PATH_BYTES;
	const usize ranges =
		request.has(Field::range) ? count_ranges(request.single(Field::range).of(head)) : 0;
	const usize buffers = buffer_size(room, ranges);
	u8 *memory = static_cast<u8 *>(
		kh_held_alloc(net, KH_HELD_replies, sizeof(FileReply) + buffers, KH_GFP_KERNEL));
	if (!memory)
		return nullptr;
	return new (memory)
		FileReply(net, Arena({memory + sizeof(FileReply), buffers}), room, ranges);
}

void FileReply::destroy()
{
	const usize size = sizeof(FileReply) + buffer_size(path_room_, selection_.ranges.size());
	kh_net *net = net_;

	this->~FileReply();
	kh_held_free(net, KH_HELD_replies, this, size);
}

void FileReply::attach(kh_conn *socket, u64 offset, u64 size, bool more)
{
	if (entry_)
		kh_conn_attach_body(socket, kh_body_get(entry_of(entry_.get()).body.get()), offset,
				    size, more);
	else
		kh_conn_attach_file(socket, file_.get(), offset, size, more);
}

kh_verdict FileReply::begin(const Exchange &exchange)
{
	switch (kind_) {
	case Kind::page:
		return begin_page(exchange);
	case Kind::listing:
		return begin_listing(exchange);
	case Kind::representation:
		return begin_representation(exchange);
	case Kind::redirect:
		status_ = append_directory_redirect(exchange, content_);
		return KH_CONTINUE;
	case Kind::status:
		break;
	}
	return begin_text(exchange, retry_field(status_));
}

// Appends the status's own text, with a field that the status calls for.
kh_verdict FileReply::begin_text(const Exchange &exchange, const ReplyField &field)
{
	content_ = append_status(exchange.batch, status_text(exchange, status_, field));
	return KH_CONTINUE;
}

Representation::HeadFields FileReply::head_fields(const kh_batch &batch, u64 length,
						  const ByteRange *range, Bytes content_type) const
{
	return {status_, batch.date_second, batch_date(batch), length,
		range,	 content_type,	    if_range_};
}

// Writes the head of content that has neither validators nor ranges.
void FileReply::write_head(const Exchange &exchange, Bytes type, u64 size) const
{
	kh_batch &batch = exchange.batch;
	const Place &place = exchange.place;
	HeadWriter out(batch_room(batch));
	const ReplyField retry = retry_field(status_);

	out.begin(status_, batch_date(batch), place.server_field);
	if (retry_ != 0)
		out.field("Retry-After"_b, u64{retry_});
	else if (!retry.value.empty())
		out.field(retry.name, retry.value);
	if (status_class(status_) == 2 && !place.cache_control.empty())
		out.field("Cache-Control"_b, place.cache_control);
	if (page_coding_ != Coding::identity)
		out.field("Content-Encoding"_b, coding_name(page_coding_));
	out.field("Content-Type"_b, type);
	out.field("Content-Length"_b, size);
	out.raw(place.fields);
	batch_take(batch, out, status_, exchange.option);
}

// Evaluates the request's conditions for content that has no validator, and is there. True when
// they make the reply another, which is appended then. Nothing but success is conditional
// (RFC 9110 section 13.2.1).
bool FileReply::refuse_by_condition(const Exchange &exchange)
{
	const Status condition = status_class(status_) == 2 ?
					 condition_without_validators(exchange.head,
								      exchange.request,
								      exchange.batch.date_second) :
					 Status::none;
	ReplyField field;

	if (condition == Status::none)
		return false;
	status_ = condition;
	// RFC 9110 section 15.4.5.
	if (condition == Status::not_modified)
		field = {"Cache-Control"_b, exchange.place.cache_control};
	begin_text(exchange, field);
	return true;
}

kh_verdict FileReply::begin_page(const Exchange &exchange)
{
	if (refuse_by_condition(exchange))
		return KH_CONTINUE;
	write_head(exchange, content_type_, page_size_);
	if (!exchange.with_content || page_size_ == 0)
		return KH_CONTINUE;
	content_ = page_size_;
	attach(exchange.socket, 0, page_size_, false);
	return KH_SEND;
}

kh_verdict FileReply::begin_listing(const Exchange &exchange)
{
	const ListingPage &page = listing_->page();

	if (refuse_by_condition(exchange))
		return KH_CONTINUE;
	write_head(exchange, "text/html; charset=utf-8"_b, page.size());
	part_ = exchange.with_content ? 0 : page.part_count();
	content_ = exchange.with_content ? page.size() : 0;
	later_ = exchange.with_content ? page.size() - page.part_size(0) : 0;
	return next_listed(exchange.socket);
}

kh_verdict FileReply::next_listed(kh_conn *socket)
{
	const ListingPage &page = listing_->page();

	if (part_ == page.part_count())
		return KH_CONTINUE;
	kh_conn_attach_body(socket, kh_body_get(page.part(part_)), 0, page.part_size(part_),
			    part_ + 1 < page.part_count());
	part_++;
	return KH_SEND;
}

// Selects what the request gets: the whole, parts of it, or what its conditions came to.
kh_verdict FileReply::begin_representation(const Exchange &exchange)
{
	if_range_ = exchange.request.has(Field::if_range);
	select(exchange.head, exchange.request, representation(), exchange.batch.date_second,
	       selection_);
	status_ = selection_.status;
	if (status_ == Status::range_not_satisfiable)
		return begin_unsatisfiable(exchange);
	if (status_ == Status::precondition_failed)
		return begin_text(exchange, ReplyField());
	const bool whole = status_ == Status::ok && !if_range_;
	// A route has a type of its own.
	if (whole && entry_ && content_type_.empty() &&
	    entry_of(entry_.get()).plain_from <= exchange.batch.date_second)
		return begin_prepared(exchange);
	if (status_ == Status::partial_content && selection_.count > 1) {
		if (content_type_.empty())
			content_type_ = representation().content_type(exchange.place, type_.room());
		make_boundary();
		// Range may be ignored (RFC 9110 section 14.2), also for want of memory.
		if (!content_type_.empty() && multipart_pays())
			return begin_multipart(exchange);
		status_ = Status::ok;
		selection_.count = 0;
	}
	return begin_content(exchange);
}

// Appends the whole file as the cache has it ready, with a small content as well.
kh_verdict FileReply::begin_prepared(const Exchange &exchange)
{
	const FileEntry &entry = entry_of(entry_.get());

	append_prepared(exchange.batch, entry.plain, exchange.option, exchange.with_content);
	content_ = exchange.with_content ? entry.representation.size() : 0;
	if (content_ <= kCopiedContent)
		return KH_CONTINUE;
	attach(exchange.socket, 0, content_, false);
	return KH_SEND;
}

kh_verdict FileReply::begin_content(const Exchange &exchange)
{
	kh_batch &batch = exchange.batch;
	const bool partial = status_ == Status::partial_content;
	const ByteRange *range = partial ? &selection_.ranges[0] : nullptr;
	const u64 size = range ? range->size() : representation().size();
	const Place &place = exchange.place;
	HeadWriter out(batch_room(batch));
	u8 room[kContentTypeSize];
	const Bytes type = content_type_.empty() ? representation().content_type(place, room) :
						   content_type_;

	representation().write_head(out, head_fields(batch, size, range, type), place);
	batch_take(batch, out, status_, exchange.option);
	part_ = selection_.count;
	if (!exchange.with_content || status_ == Status::not_modified || size == 0)
		return KH_CONTINUE;
	content_ = size;
	attach(exchange.socket, range ? range->first : 0, size, false);
	return KH_SEND;
}

// Writes the delimiter and the fields of one part, or the closing delimiter when `index` is beyond
// the last (RFC 9110 section 14.6). Returns the bytes written.
usize FileReply::write_part(HeadWriter &out, u32 index, Bytes type) const
{
	const usize before = out.size();

	out.raw("\r\n--"_b);
	out.raw({boundary_, sizeof(boundary_)});
	if (index == selection_.count) {
		out.raw("--\r\n"_b);
		return out.size() - before;
	}
	out.raw("\r\n"_b);
	out.field("Content-Type"_b, type);
	out.content_range(selection_.ranges[index].first, selection_.ranges[index].last,
			  representation().size());
	out.finish();
	return out.size() - before;
}

// Whoever could foretell the boundary could have a file made that contains it.
void FileReply::make_boundary()
{
	kh_random(boundary_, sizeof(boundary_));
	for (u8 &c : boundary_)
		c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"_b[c & 31];
}

// Tells the bytes of all parts with what is between them. The fields of parts differ in the
// positions alone, so that they need not be written to be measured: there may be many.
u64 FileReply::multipart_size() const
{
	const ByteRange &first = selection_.ranges[0];
	u8 scratch[384];
	HeadWriter part(scratch), end(scratch);
	const u64 fields = write_part(part, 0, content_type_) - decimal_size(first.first) -
			   decimal_size(first.last);
	u64 size = write_part(end, selection_.count, content_type_);

	for (const ByteRange &range : selection_.ranges.first(selection_.count))
		size += fields + decimal_size(range.first) + decimal_size(range.last) +
			range.size();
	return size;
}

// A few parts may cost more than the whole file does. Many may not: a client could have us send
// the fields of hundreds of parts for a byte in each (RFC 9110 section 17.15).
bool FileReply::multipart_pays() const
{
	return selection_.count <= kFewParts || multipart_size() < representation().size();
}

kh_verdict FileReply::begin_multipart(const Exchange &exchange)
{
	kh_batch &batch = exchange.batch;
	u8 type[64];
	const u64 length = multipart_size();
	HeadWriter out(batch_room(batch)), multipart(type);

	multipart.raw(kMultipartType);
	multipart.raw({boundary_, sizeof(boundary_)});
	representation().write_head(out, head_fields(batch, length, nullptr, multipart.written()),
				    exchange.place);
	batch_take(batch, out, status_, exchange.option);
	part_ = 0;
	if (exchange.with_content) {
		const u32 before = batch.size;
		const kh_verdict verdict = next(exchange.socket, batch);

		content_ = length;
		later_ = length - (batch.size - before) - selection_.ranges[0].size();
		return verdict;
	}
	part_ = selection_.count + 1;
	return KH_CONTINUE;
}

kh_verdict FileReply::next(kh_conn *socket, kh_batch &batch)
{
	if (kind_ == Kind::listing)
		return next_listed(socket);
	if (kind_ != Kind::representation || selection_.count <= 1 || part_ > selection_.count)
		return KH_CONTINUE;
	HeadWriter out(batch_room(batch));

	write_part(out, part_, content_type_);
	batch.size += static_cast<u32>(out.written().size());
	if (part_++ == selection_.count)
		return KH_CONTINUE;
	const ByteRange &range = selection_.ranges[part_ - 1];
	attach(socket, range.first, range.size(), true);
	return KH_SEND;
}

// Tells how large the representation is (RFC 9110 section 15.5.17).
kh_verdict FileReply::begin_unsatisfiable(const Exchange &exchange)
{
	u8 range[40] = {'b', 'y', 't', 'e', 's', ' ', '*', '/'};
	usize size = 8 + format_decimal(representation().size(), range + 8);

	return begin_text(exchange, {"Content-Range"_b, {range, size}});
}

namespace {

// Finds an entry that is fresh and answers the request; null when there is none.
const FileEntry *find_fresh(const Exchange &exchange, const NormalizedPath &path)
{
	const Place &place = exchange.place;
	const Request &request = exchange.request;
	kh_net *net = place.settings->net;
	u8 *room = exchange.batch.path;

	if (path.status != Status::none || path.hidden)
		return nullptr;
	Bytes key = entry_key(path.path, Coding::identity, {place.site, false}, room);
	kh_cache_node *node = kh_cache_find(net, key.data(), static_cast<u32>(key.size()));
	if (!is_of(node, place))
		return nullptr;
	const u32 available = entry_of(node).representation.available();
	if (available == KH_CODINGS_UNSEEN) {
		// The file itself will do while a disk does not answer in time.
		if (request.has(Field::accept_encoding) &&
		    wants_coding(place, CodingPreferences(exchange.head, request)) &&
		    kh_files_pace(net) == KH_PACE_SOON)
			return nullptr;
	} else if (available) {
		CodingPreferences preferences(exchange.head, request);
		Coding coding = preferences.choose(available, place.codings);

		if (entry_freshness(net, node) == Freshness::stale)
			return nullptr;
		if (coding != Coding::identity) {
			key = entry_key(path.path, coding, {place.site, false}, room);
			node = kh_cache_find(net, key.data(), static_cast<u32>(key.size()));
			if (!is_of(node, place))
				return nullptr;
		}
	}
	return entry_freshness(net, node) == Freshness::fresh ? &entry_of(node) : nullptr;
}

void append_304(kh_batch &batch, const Representation &representation, const Place &place,
		ConnectionOption option)
{
	HeadWriter out(batch_room(batch));

	representation.write_head(out,
				  {Status::not_modified, batch.date_second, batch_date(batch), 0,
				   nullptr, Bytes(), false},
				  place);
	batch_take(batch, out, Status::not_modified, option);
}

} // namespace

kh_verdict CachedReply::make(const Exchange &exchange, const NormalizedPath &path)
{
	const Request &request = exchange.request;
	kh_batch &batch = exchange.batch;
	const bool with_content = exchange.with_content;
	const FileEntry *entry = find_fresh(exchange, path);

	if (!entry || entry->plain_from > batch.date_second)
		return KH_RESOLVE;
	if (!is_plain(request)) {
		const Conditions conditions = evaluate_conditions(
			exchange.head, request, entry->representation.validators(batch.date_second),
			batch.date_second);

		if (conditions.use_range || conditions.status == Status::precondition_failed)
			return KH_RESOLVE;
		if (conditions.status != Status::none)
			status = conditions.status;
	}
	kh_stat_add(exchange.place.settings->net, KH_STAT_cache_hits, 1);
	if (status == Status::not_modified) {
		append_304(batch, entry->representation, exchange.place, exchange.option);
		return KH_CONTINUE;
	}
	const u64 size = entry->representation.size();

	append_prepared(batch, entry->plain, exchange.option, with_content);
	content = with_content ? size : 0;
	if (!with_content || size <= kCopiedContent)
		return KH_CONTINUE;
	kh_conn_attach_body(exchange.socket, kh_body_get(entry->body.get()), 0, size, false);
	return KH_SEND;
}

} // namespace khttpd
