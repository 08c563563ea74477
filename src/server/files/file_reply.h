// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * A reply that needs more than the cache at hand. It is made in process context by resolve(), then
 * sent in BH context step by step. Its connection owns it, and only while it is on its way.
 */
#pragma once

#include "base/arena.h"
#include "server/files/file_entry.h"
#include "server/files/listing.h"
#include "server/replies/exchange.h"

namespace khttpd {

// What held for a request when it was answered: that its client may ask is known then, too.
struct Sought {
	const Place *place; // borrowed from the configuration of this generation
	const Route *route; // null for a file below the document root
	u64 generation;
};

class FileReply {
public:
	// Makes a reply to one request; destroy() frees it. Null when there is no memory. Process
	// context.
	static FileReply *create(kh_net *net, Bytes head, const Request &request);
	// Gives back all that the reply holds, itself included. Any context.
	void destroy();

	// Looks for the file of the request's path. False when that is answered without one, as
	// another configuration may be in force than that of `sought`. Process context.
	bool resolve(const khttpd_config &config, Bytes head, const Request &request,
		     const kh_conn *socket, const Sought &sought);

	// Appends the head, and attaches the content if some is to be sent. Returns KH_SEND then,
	// and KH_CONTINUE when all is in the batch. BH context.
	kh_verdict begin(const Exchange &exchange);
	// Attaches the next part of a multipart reply or a listing. Returns as begin() does. BH
	// context.
	kh_verdict next(kh_conn *socket, kh_batch &batch);

	// What held for the request when it was resolved, if that was by this configuration; else
	// null.
	const Place *place_in(const khttpd_config &config) const
	{
		return generation_ == config.top->generation ? place_ : nullptr;
	}
	Status status() const { return status_; }
	// Tells the bytes of content that the reply announces and sends. For after begin().
	u64 content() const { return content_; }
	// Tells the bytes of the reply that are neither in the batch nor attached yet. For after
	// begin().
	u64 later() const { return later_; }

private:
	// This is what resolve() found.
	enum class Kind : u8 {
		status,		// nothing that could be sent: the status has its own text
		redirect,	// a directory that was asked for without its slash
		page,		// an open file that is the content of a status
		listing,	// a directory whose names are shown
		representation, // a file, of which begin() selects what the request gets
	};

	// Takes its buffers from the arena, which has buffer_size() bytes and is aligned as this.
	FileReply(kh_net *net, Arena arena, usize path_room, usize range_room);
	static usize buffer_size(usize path_room, usize range_room);

	Bytes key_of(Coding coding) { return entry_key(key_path_, coding, owner_, key_); }
	void use_path_key(const Place &place);
	void forget(const Place &place);
	// A search for what a path may be.
	struct Lookup {
		const Place &place;
		CodingPreferences preferences;
		bool directory;	      // the path ends in a slash
		bool sought = false;  // files in codings are
		bool missing = false; // nothing has the name that was looked for last
		bool bare = false;    // there is a directory without an index
	};

	void keep_type(const Place &place);
	void find_route(const Place &place, const Route &route);
	void find(const Place &place, const NormalizedPath &path, Bytes head,
		  const Request &request);
	bool find_candidate(Lookup &lookup, const Candidate &candidate);
	bool set_name(const Place &place, Bytes before, Bytes text);
	bool find_file(Lookup &lookup, Bytes before, Bytes text);
	bool find_directory(Lookup &lookup);
	void find_error_page(const Place &place);
	Result<void> open_page(const Place &place, Bytes name, Bytes type, kh_file_info &info);
	static bool is_kept(const kh_settings &settings, const kh_file_info &info);
	bool revalidate(Lookup &lookup);
	CacheRef find_unchanged(const Place &place, Coding coding, u32 available);
	void represent(const Place &place, Coding coding, const kh_file_info &plain, u32 available);
	void keep(const Place &place, const kh_file_info &info, Coding coding);
	static CacheRef if_current(CacheRef node, kh_root *root, const kh_file_info &info,
				   u32 available);
	bool refuse_by_condition(const Exchange &exchange);
	kh_verdict begin_text(const Exchange &exchange, const ReplyField &field);
	kh_verdict begin_page(const Exchange &exchange);
	kh_verdict begin_listing(const Exchange &exchange);
	void write_head(const Exchange &exchange, Bytes type, u64 size) const;
	kh_verdict next_listed(kh_conn *socket);
	kh_verdict begin_representation(const Exchange &exchange);
	kh_verdict begin_prepared(const Exchange &exchange);
	kh_verdict begin_content(const Exchange &exchange);
	void make_boundary();
	kh_verdict begin_multipart(const Exchange &exchange);
	kh_verdict begin_unsatisfiable(const Exchange &exchange);
	Representation::HeadFields head_fields(const kh_batch &batch, u64 length,
					       const ByteRange *range, Bytes content_type) const;
	usize write_part(HeadWriter &out, u32 index, Bytes type) const;
	u64 multipart_size() const;
	bool multipart_pays() const;
	void attach(kh_conn *socket, u64 offset, u64 size, bool more);
	const Representation &representation() const
	{
		return entry_ ? entry_of(entry_.get()).representation : representation_;
	}

	// After resolve() this is 200, 301, an error or what a route says; begin() makes 206, 304,
	// 412 or 416 of a 200 where the request asks for it.
	Status status_ = Status::none;
	// A representation is sent from the cache's entry if there is one, else from the open file.
	CacheRef entry_;
	OpenFile file_;
	Listing::Owner listing_;
	u64 page_size_ = 0;
	u32 retry_ = 0; // seconds that a route names; 0: as the status has it
	Representation representation_;
	Selection selection_;
	u64 content_ = 0;
	u64 later_ = 0;
	u32 part_ = 0; // the next one to be sent
	Kind kind_ = Kind::status;
	Coding page_coding_ = Coding::identity;
	bool if_range_ = false;
	u8 boundary_[24];
	kh_net *net_; // whose memory it counts as
	ReplyMemory type_, name_memory_;
	// Is in type_, for pages, routes and several ranges; empty for what is told at once.
	Bytes content_type_;
	// The ranges lie behind this object, and behind them the decoded path. That may take
	// path_room_ bytes, which kSuffixRoom bytes follow.
	u8 *path_;
	usize path_room_;
	usize path_size_ = 0; // bytes of the decoded path; 0 when it was refused
	// The file's name, with room for a suffix and a NUL behind it: path_, or in name_memory_.
	u8 *name_ = nullptr;
	usize name_size_ = 0;
	u8 *path_key_; // room for a key of the cache, behind the path
	// Lies in the configuration of this generation.
	const Place *place_ = nullptr;
	u64 generation_ = 0;
	// What the cache has the file under, and where a key is written.
	Bytes key_path_;
	KeyOwner owner_;
	u8 *key_ = nullptr;
};

// The reply to a GET or HEAD from the cache alone.
struct CachedReply {
	// Returns KH_RESOLVE when that cannot be, else KH_SEND or KH_CONTINUE as begin() does. BH
	// context.
	kh_verdict make(const Exchange &exchange, const NormalizedPath &path);

	Status status = Status::ok;
	u64 content = 0; // bytes of content that the reply has
};

} // namespace khttpd
