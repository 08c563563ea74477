// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A reply that needs more than the cache at hand: made in process context (resolve), then sent in
 * BH context step by step. Owned by its connection; exists only while such a reply is on its way.
 */
#pragma once

#include "base/arena.h"
#include "server/files/file_entry.h"
#include "server/files/listing.h"
#include "server/replies/exchange.h"

namespace khttpd {

class FileReply {
public:
	// For one request, whose path has `path_size` bytes. Null when there is no memory. Process
	// context.
	static FileReply *create(usize path_size);
	void destroy();

	// Looks for the file of the request's path. Process context.
	void resolve(const khttpd_config &config, Bytes head, const Request &request);

	// Appends the head, and attaches the content if some is to be sent: KH_SEND then, and
	// KH_CONTINUE when all is in the batch. BH context.
	kh_verdict begin(const Exchange &exchange);
	// The next part of a multipart reply or a listing: KH_SEND or KH_CONTINUE as begin().
	kh_verdict next(kh_conn *socket, kh_batch &batch);

	Status status() const { return status_; }
	// The bytes of content that the reply announces and sends; known after begin().
	u64 content() const { return content_; }
	// After begin(): the bytes of the reply that are neither in the batch nor attached yet.
	u64 later() const { return later_; }

private:
	// What resolve() found.
	enum class Kind : u8 {
		status,		// nothing that could be sent: the status has its own text
		redirect,	// a directory that was asked for without its slash
		page,		// an open file that is the content of a status
		listing,	// a directory whose names are shown
		representation, // a file, of which begin() selects what the request gets
	};

	// Takes its buffers from the arena, which has buffer_size() bytes.
	FileReply(Arena arena, usize path_room);
	static usize buffer_size(usize path_room);

	Bytes key_of(Coding coding) { return entry_key({path_, path_size_}, coding, key_); }
	void forget();
	void find(const khttpd_config &config, Bytes head, const Request &request);
	bool find_route(const khttpd_config &config, Bytes path);
	Status find_directory(const khttpd_config &config, Error error);
	void find_error_page(const khttpd_config &config);
	Result<void> open_page(const khttpd_config &config, Bytes name, Bytes type);
	bool revalidate(const khttpd_config &config, Bytes head, const Request &request,
			usize name_size);
	CacheRef find_unchanged(const kh_root *root, Coding coding, u32 available);
	void represent(const khttpd_config &config, Bytes head, const Request &request,
		       const kh_file_info &plain, usize name_size);
	void keep(const khttpd_config &config, const kh_file_info &info, Coding coding);
	static CacheRef find_current(Bytes key, const kh_file_info &info, u32 available);
	kh_verdict begin_text(const Exchange &exchange, const ReplyField &field);
	kh_verdict begin_page(const Exchange &exchange);
	kh_verdict begin_listing(const Exchange &exchange);
	void write_head(const Exchange &exchange, Bytes type, u64 size) const;
	kh_verdict next_listed(kh_conn *socket);
	kh_verdict begin_representation(const Exchange &exchange);
	kh_verdict begin_content(const Exchange &exchange);
	kh_verdict begin_multipart(const Exchange &exchange);
	kh_verdict begin_unsatisfiable(const Exchange &exchange);
	Representation::HeadFields head_fields(const kh_batch &batch, u64 length,
					       const ByteRange *range, Bytes content_type) const;
	usize write_part(HeadWriter &out, u32 index, Bytes type) const;
	void attach(kh_conn *socket, u64 offset, u64 size, bool more);
	const Representation &representation() const
	{
		return entry_ ? entry_of(entry_.get()).representation : representation_;
	}

	Status status_ = Status::none; // of what was found: 200, 301, an error or a route's
	CacheRef entry_;
	OpenFile file_;
	Listing::Owner listing_;
	u64 page_size_ = 0;
	Representation representation_;
	Selection selection_;
	u64 content_ = 0;
	u64 later_ = 0;
	u32 part_ = 0;
	Kind kind_ = Kind::status;
	bool if_range_ = false;
	u8 boundary_[24];
	u8 type_[kContentTypeSize];
	Bytes content_type_;
	// The decoded path, of path_size_ bytes, 0 when it was refused, with kNameRoom bytes behind
	// its room for an index's name and a coding's suffix; and room for a key of the cache. They
	// lie behind this object.
	u8 *path_;
	usize path_room_;
	usize path_size_ = 0;
	u8 *key_;
};

// The reply to a GET or HEAD from the cache alone.
struct CachedReply {
	// Returns KH_RESOLVE when that cannot be, else KH_SEND or KH_CONTINUE as begin() does. BH
	// context.
	kh_verdict make(const Exchange &exchange);

	Status status = Status::ok;
	u64 content = 0; // bytes that it has
};

} // namespace khttpd
