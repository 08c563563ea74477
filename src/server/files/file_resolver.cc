// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* This part of FileReply may sleep: it goes from a request's path to an entry or an open file. */
#include "http/mime.h"
#include "http/target.h"
#include "server/files/digest_list.h"
#include "server/files/file_reply.h"
#include "server/files/neighbours.h"
#include "server/replies/may_ask.h"
#include "server/replies/status_of_errno.h"

namespace khttpd {

namespace {

// A file's name has 255 bytes at most, as has that of an index, to which a suffix and NUL come.
constexpr usize kNameRoom = 272;

// Gets hold of the cache's entry of the key, whatever has become of the file since. The reference
// is empty when there is none, or that of another configuration.
CacheRef hold_entry(Bytes key, const Place &place)
{
	CacheRef node(kh_cache_hold(place.settings->net, key.data(), static_cast<u32>(key.size())));

	return is_of(node.get(), place) ? std::move(node) : CacheRef();
}

} // namespace

bool FileReply::resolve(const khttpd_config &config, Bytes head, const Request &request,
			const kh_conn *socket, const Sought &sought)
{
	const NormalizedPath path = normalize_path(request.path.of(head), {path_, path_room_});
	const bool known = sought.generation == config.top->generation;
	const Match match = known ? Match{sought.place, sought.route} :
				    find_place(config, request, head, path, nullptr);
	const Place &place = *match.place;
	u32 compared = 0;

	if (!known && ((match.route ? match.route->file.empty() : !place.root()) ||
		       !may_ask(match, request, head, socket, compared)))
		return false;
	kh_stat_add(net_, KH_STAT_cache_misses, 1);
	path_size_ = path.path.size();
	place_ = &place;
	generation_ = place.generation;
	use_path_key(place);
	status_ = path.status;
	if (match.route)
		find_route(place, *match.route);
	else if (status_ == Status::none)
		find(place, path, head, request);
	if (kind_ == Kind::representation && content_type_.empty())
		keep_type(place);
	if (status_ != Status::ok || kind_ == Kind::listing)
		forget(place);
	if (kind_ == Kind::status)
		find_error_page(place);
	return true;
}

// Makes the status's page the reply. Without one, or when it cannot be opened, the status has its
// own text.
void FileReply::find_error_page(const Place &place)
{
	const Bytes name = place.error_pages.find(status_);
	kh_file_info info;

	if (name.empty() || !type_.reserve(kContentTypeSize))
		return;
	HeadWriter type(type_.room());
	write_content_type(type, place.type_of(name), place.charset);
	static_cast<void>(open_page(place, name, type.written(), info));
}

// Opens a file that is sent with a status of its own.
Result<void> FileReply::open_page(const Place &place, Bytes name, Bytes type, kh_file_info &info)
{
	OpenFile file = KH_TRY(open_file(place.root(), c_string(name.data()), info));

	// cppcheck-suppress uninitvar // set where the file was opened
	if (info.directory)
		return Error(kENOENT);
	file_ = std::move(file);
	kind_ = Kind::page;
	page_coding_ = coding_of_ending(name);
	page_size_ = info.size;
	content_type_ = type;
	return {};
}

// Makes room for the type where each part tells it, and keeps it where it lies in a configuration
// that may be gone when the head is written. What is in the cache has its own.
void FileReply::keep_type(const Place &place)
{
	const bool needed = !entry_ && place.has_types();

	if (!needed && selection_.ranges.size() <= 1)
		return;
	const bool room = type_.reserve(kContentTypeSize);
	if (needed && room) {
		content_type_ = representation_.content_type(place, type_.room());
	} else if (needed) {
		kind_ = Kind::status;
		status_ = Status::service_unavailable;
	}
}

// Makes a route's file the reply. The configuration, and the type in it, may be gone when the head
// is written.
void FileReply::find_route(const Place &place, const Route &route)
{
	if (!type_.reserve(kContentTypeSize)) {
		status_ = Status::service_unavailable;
		return;
	}
	HeadWriter type(type_.room());
	type.raw(route.type);
	kh_file_info info;
	const Result<void> opened = open_page(place, route.file, type.written(), info);
	status_ = opened ? route.status : status_of_errno(opened.error());
	retry_ = opened ? route.retry : 0;
	if (status_ != Status::ok)
		return;
	kind_ = Kind::representation;
	representation_.set(route.file, place, info, Coding::identity, 0);
	if (!is_hashed(info, *place.settings))
		tag_by_stamp(representation_, file_.get(), place.root(), route.file);
	confirm_tag(representation_, file_.get(), *place.settings);
}

// Takes out of the cache what was there under this path: it is not what the request gets.
void FileReply::forget(const Place &place)
{
	if (path_size_ == 0)
		return;
	use_path_key(place);
	if (const CacheRef entry = hold_entry(key_of(Coding::identity), place))
		kh_cache_drop(entry.get());
}

// The cache has the file under the path of the request.
void FileReply::use_path_key(const Place &place)
{
	key_path_ = {path_, path_size_};
	owner_ = {place.site, false};
	key_ = path_key_;
}

// Looks for what the path may be: each of the place's candidates until there is one.
void FileReply::find(const Place &place, const NormalizedPath &path, Bytes head,
		     const Request &request)
{
	static constexpr Candidate kPathAlone[] = {{true, Bytes()}};
	const std::span<const Candidate> candidates =
		place.candidates.empty() ? std::span(kPathAlone) : place.candidates;
	Lookup lookup{place, CodingPreferences(head, request), path.directory};

	status_ = Status::not_found;
	if (path.hidden)
		return;
	lookup.sought = request.has(Field::accept_encoding) &&
			wants_coding(place, lookup.preferences);
	for (const Candidate &candidate : candidates) {
		if (find_candidate(lookup, candidate))
			return;
	}
	// It is there, but has nothing to show.
	if (lookup.bare)
		status_ = Status::forbidden;
}

// Looks for one of the names that a request's file may have. True when that settles what the reply
// is.
bool FileReply::find_candidate(Lookup &lookup, const Candidate &candidate)
{
	const Bytes path(path_, path_size_);

	if (!candidate.path)
		return find_file(lookup, Bytes(), candidate.text);
	if (!lookup.directory)
		return find_file(lookup, path, candidate.text);
	if (!candidate.text.empty())
		return false;
	for (const Bytes index : lookup.place.index) {
		if (find_file(lookup, path, index))
			return true;
	}
	return lookup.missing && find_directory(lookup);
}

// Names the file: by the path alone, which lies where it may be, or by a text of its own, behind
// the path or not. A file that stands in for whatever is asked for is in the cache once for its
// place: a client could have it there under any number of paths. False without memory.
bool FileReply::set_name(const Place &place, Bytes before, Bytes text)
{
	name_size_ = before.size() + text.size();
	use_path_key(place);
	if (text.empty()) {
		name_ = path_;
		name_[name_size_] = '\0';
		return true;
	}
	const usize key_room = before.empty() ? text.size() + kKeyRoom : 0;
	if (!name_memory_.reserve(name_size_ + kNameRoom + key_room))
		return false;
	name_ = name_memory_.room().data();
	if (!before.empty())
		__builtin_memcpy(name_, before.data(), before.size());
	extend(name_, before.size(), text);
	if (before.empty()) {
		key_path_ = text;
		owner_ = {place.number, true};
		key_ = name_ + name_size_ + kNameRoom;
	}
	return true;
}

// Looks for one file. True when that settles what the reply is; when it is not there, nothing is.
bool FileReply::find_file(Lookup &lookup, Bytes before, Bytes text)
{
	const Place &place = lookup.place;
	kh_file_info info;
	u32 beside;

	if (!set_name(place, before, text)) {
		status_ = Status::service_unavailable;
		return true;
	}
	if (revalidate(lookup))
		return true;
	Result<OpenFile> opened =
		open_file(place.root(), c_string(name_), info,
			  if_sought(place, {name_, name_size_}, lookup.sought, beside));
	lookup.missing = !opened && opened.error().code() == kENOENT;
	if (!opened) {
		status_ = status_of_errno(opened.error());
		return status_ != Status::not_found;
	}
	if (info.directory) {
		// Its slash is missing, unless it is not what was asked for.
		if (!text.empty() || lookup.directory)
			return false;
		kind_ = Kind::redirect;
		status_ = Status::moved_permanently;
		return true;
	}
	file_ = opened.take();
	kind_ = Kind::representation;
	status_ = Status::ok;
	const u32 available = find_codings(place, name_, name_size_, info, beside, lookup.sought);
	represent(place, lookup.preferences.choose(available, place.codings), info, available);
	return true;
}

// Tells what comes of a directory that has no index. True when that is a listing, or why there can
// be none.
bool FileReply::find_directory(Lookup &lookup)
{
	const Place &place = lookup.place;
	kh_file_info info;

	path_[path_size_] = '\0';
	if (const int err = kh_file_stat(place.root(), c_string(path_), &info); err) {
		status_ = status_of_errno(Error(err));
		return status_ != Status::not_found;
	}
	lookup.bare = info.directory;
	if (!info.directory || !place.autoindex)
		return false;
	listing_ = Listing::create(net_);
	status_ = Status::service_unavailable;
	if (!listing_ || !name_memory_.reserve(path_size_ + kNameRoom))
		return true;
	u8 *name = name_memory_.room().data();
	__builtin_memcpy(name, path_, path_size_ + 1);
	status_ = listing_->make(place.root(), name, path_size_);
	if (status_ == Status::ok)
		kind_ = Kind::listing;
	else
		listing_ = Listing::Owner();
	return true;
}

// Takes the cache's entry if the file still is what that was made of, which opens nothing. Where
// neighbours were sought once, they are `sought` from then on.
bool FileReply::revalidate(Lookup &lookup)
{
	const Place &place = lookup.place;
	bool &sought = lookup.sought;
	kh_file_info plain;
	CacheRef known = hold_entry(key_of(Coding::identity), place);

	if (!known)
		return false;
	const bool seen = entry_of(known.get()).representation.available() != KH_CODINGS_UNSEEN;
	// It is of no use to a client that wants one of them.
	if (sought && !seen)
		return false;
	sought = seen;
	u32 beside;

	if (kh_file_stat_now(place.root(), c_string(name_), &plain,
			     if_sought(place, {name_, name_size_}, sought, beside)) ||
	    plain.directory) {
		kh_cache_drop(known.get());
		return false;
	}
	const u32 available = find_codings(place, name_, name_size_, plain, beside, sought);
	const Coding coding = lookup.preferences.choose(available, place.codings);

	entry_ = if_current(std::move(known), place.root(), plain, available);
	if (entry_ && coding != Coding::identity) {
		extend(name_, name_size_, coding_suffix(coding));
		entry_ = find_unchanged(place, coding, available);
		name_[name_size_] = '\0';
	}
	if (!entry_)
		return false;
	kind_ = Kind::representation;
	status_ = Status::ok;
	return true;
}

// Finds the entry, if the file at name_ still is what it was made of.
CacheRef FileReply::find_unchanged(const Place &place, Coding coding, u32 available)
{
	kh_file_info info;

	if (kh_file_stat_now(place.root(), c_string(name_), &info, nullptr) || info.directory)
		return CacheRef();
	return if_current(hold_entry(key_of(coding), place), place.root(), info, available);
}

// Gets hold of the content in a coding: from the cache, into it, or as an open file.
void FileReply::represent(const Place &place, Coding coding, const kh_file_info &plain,
			  u32 available)
{
	kh_file_info info = plain;

	representation_.set({name_, name_size_}, place, plain, Coding::identity, available);
	if (coding != Coding::identity) {
		extend(name_, name_size_, coding_suffix(coding));
		Result<OpenFile> encoded = open_file(place.root(), c_string(name_), info);
		// When it is gone since it was found, or is another, the file itself will do.
		if (encoded && *encoded && !out_of_date(info, plain)) {
			// The plain file's entry tells which codings there are.
			if (is_kept(*place.settings, plain))
				keep(place, plain, Coding::identity);
			entry_ = CacheRef();
			file_ = encoded.take();
			representation_.set({name_, name_size_}, place, info, coding, available);
		} else {
			info = plain;
			coding = Coding::identity;
		}
	}
	keep(place, info, coding);
}

bool FileReply::is_kept(const kh_settings &settings, const kh_file_info &info)
{
	return settings.cache_size != 0 && info.size <= u64{settings.cache_max_file} << 10;
}

// Finds or makes the cache entry for what is open; without one the file is sent as it is. The
// file's name at name_ has `name_size_` bytes, and a coding's suffix behind them.
void FileReply::keep(const Place &place, const kh_file_info &info, Coding coding)
{
	const kh_settings &settings = *place.settings;
	kh_root *root = place.root();
	const bool hashed = is_hashed(info, settings);
	const Bytes key = key_of(coding);
	const Bytes name(name_, name_size_ + coding_suffix(coding).size());
	const bool kept = is_kept(settings, info);

	if (kept)
		entry_ =
			if_current(hold_entry(key, place), root, info, representation_.available());
	if (entry_)
		return;
	// The list first: one that comes meanwhile is found to be another.
	const u64 list = kept && !hashed ? digest_list_stamp(root) : 0;
	if (!hashed)
		tag_by_stamp(representation_, file_.get(), root, name);
	if (kept)
		entry_ = entry_load(key, representation_, file_.get(), list, place);
	if (!entry_)
		confirm_tag(representation_, file_.get(), settings);
}

// The entry, if there is one and it still is what the file is. It is taken out of the cache when it
// is not, or made anew after a while when nothing tells.
CacheRef FileReply::if_current(CacheRef node, kh_root *root, const kh_file_info &info,
			       u32 available)
{
	if (!node)
		return node;
	FileEntry &entry = entry_of(node.get());
	if (!entry.representation.same(info, available) ||
	    (entry.list && entry.list != digest_list_stamp(root))) {
		kh_cache_drop(node.get());
		return CacheRef();
	}
	if (!entry.representation.told())
		return entry_due(entry) ? CacheRef() : std::move(node);
	__atomic_store_n(&entry.checked, kh_ticks(), __ATOMIC_RELAXED);
	kh_cache_end_check(node.get());
	return node;
}

} // namespace khttpd

extern "C" u32 khttpd_name_codings(const u8 *name, u32 size) noexcept
{
	return khttpd::coding_bit_of_name({name, size});
}
