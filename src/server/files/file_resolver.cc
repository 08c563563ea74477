// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* This part of FileReply may sleep: it goes from a request's path to an entry or an open file. */
#include "http/mime.h"
#include "http/target.h"
#include "server/files/digest_list.h"
#include "server/files/file_reply.h"
#include "server/files/status_of_errno.h"

namespace khttpd {

namespace {

// A file's name has 255 bytes at most, as has that of an index, to which a suffix and NUL come.
constexpr usize kNameRoom = 272;

const char *c_string(const u8 *text)
{
	return reinterpret_cast<const char *>(text);
}

// Adds text after a path of `size` bytes and ends it with NUL.
usize extend(u8 *path, usize size, Bytes more)
{
	__builtin_memcpy(path + size, more.data(), more.size());
	path[size + more.size()] = '\0';
	return size + more.size();
}

// Tells the codings that some file has in the directory of the path, or that one may have.
u32 codings_in_directory(kh_root *root, u8 *path, usize size)
{
	while (path[size - 1] != '/')
		size--;
	const u8 first = path[size];
	path[size] = '\0';
	const u32 codings = kh_dir_codings(root, c_string(path));
	path[size] = first;
	return codings;
}

// Gets hold of the cache's entry of the key, whatever has become of the file since. The reference
// is empty when there is none.
CacheRef hold_entry(Bytes key)
{
	return CacheRef(kh_cache_hold(key.data(), static_cast<u32>(key.size())));
}

// A neighbour that is older than the file was made of another one. Seconds are compared, as gzip,
// brotli and others give what they make the time of what they read, not all of them to the
// nanosecond.
bool out_of_date(const kh_file_info &neighbour, const kh_file_info &plain)
{
	return neighbour.mtime < plain.mtime;
}

// Where to write what is seen of the directory of a file when that is looked up, if it matters.
u32 *if_sought(const khttpd_config &config, Bytes path, bool sought, u32 &beside)
{
	// What is coded by itself is not coded once more.
	const bool possible = config.codings.set && coding_of_ending(path) == Coding::identity;

	beside = possible ? KH_CODINGS_UNSEEN : 0;
	return sought && possible ? &beside : nullptr;
}

// Tells, by a bit for each, the codings in which the file is stored as a neighbour with a suffix.
// `beside` is what was seen of its directory when the file was looked up, 0 if it did not matter.
// That is all there is to tell where they are not `sought`: a search takes lookups, or the reading
// of a directory, which a client that wants none of the codings is not made to wait for.
u32 find_codings(const khttpd_config &config, u8 *path, usize size, const kh_file_info &plain,
		 u32 beside, bool sought)
{
	if (!sought)
		return beside;
	kh_root *root = config.root.get();
	const u32 there = beside == KH_CODINGS_UNSEEN ? codings_in_directory(root, path, size) :
							beside;
	const u32 possible = config.codings.set & there;
	kh_file_info info;
	u32 found = 0;

	for (Coding coding : kDefaultCodingOrder.codings) {
		if (!(possible & coding_bit(coding)))
			continue;
		extend(path, size, coding_suffix(coding));
		// Its time counts as it is now, also where a network is asked for it.
		if (kh_file_stat_now(root, c_string(path), &info, nullptr) == 0 &&
		    !info.directory && !out_of_date(info, plain))
			found |= coding_bit(coding);
	}
	path[size] = '\0';
	return found;
}

} // namespace

void FileReply::resolve(const khttpd_config &config, Bytes head, const Request &request)
{
	kh_stat_add(KH_STAT_cache_misses, 1);
	find(config, head, request);
	// Each part tells the type.
	if (kind_ == Kind::representation && selection_.ranges.size() > 1 && content_type_.empty())
		static_cast<void>(type_.reserve(kContentTypeSize));
	if (status_ != Status::ok || kind_ == Kind::listing)
		forget();
	if (config.root && kind_ == Kind::status)
		find_error_page(config);
}

// Makes the status's page the reply. Without one, or when it cannot be opened, the status has its
// own text.
void FileReply::find_error_page(const khttpd_config &config)
{
	const Bytes name = config.error_pages.find(status_);
	kh_file_info info;

	if (name.empty() || !type_.reserve(kContentTypeSize))
		return;
	HeadWriter type(type_.room());
	write_content_type(type, mime_type_of(name), bytes_of(config.settings.charset));
	static_cast<void>(open_page(config, name, type.written(), info));
}

// Opens a file that is sent with a status of its own.
Result<void> FileReply::open_page(const khttpd_config &config, Bytes name, Bytes type,
				  kh_file_info &info)
{
	OpenFile file = KH_TRY(open_file(config.root.get(), c_string(name.data()), info));

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

// True when the path has a route, which is the reply then.
bool FileReply::find_route(const khttpd_config &config, Bytes path)
{
	const Route *route = config.routes ? config.routes->find(path) : nullptr;

	// Other routes are answered at once, unless they have come since.
	if (!route || route->file.empty())
		return false;
	// The configuration, and the type in it, may be gone when the head is written.
	if (!type_.reserve(kContentTypeSize)) {
		status_ = Status::service_unavailable;
		return true;
	}
	HeadWriter type(type_.room());
	type.raw(route->type);
	kh_file_info info;
	const Result<void> opened = open_page(config, route->file, type.written(), info);
	status_ = opened ? route->status : status_of_errno(opened.error());
	retry_ = opened ? route->retry : 0;
	if (status_ == Status::ok) {
		kind_ = Kind::representation;
		representation_.set(route->file, info, Coding::identity, 0);
		if (!is_hashed(info, config.settings))
			tag_by_stamp(representation_, file_.get(), config.root.get(), route->file);
		confirm_tag(representation_, file_.get(), config.settings);
	}
	return true;
}

// Takes out of the cache what was there under this path: it is not what the request gets.
void FileReply::forget()
{
	if (path_size_ == 0)
		return;
	if (const CacheRef entry = hold_entry(key_of(Coding::identity)))
		kh_cache_drop(entry.get());
}

void FileReply::find(const khttpd_config &config, Bytes head, const Request &request)
{
	NormalizedPath path = normalize_path(request.path.of(head), {path_, path_room_});
	kh_file_info info;
	usize size = path.path.size();

	path_size_ = size;
	status_ = path.status;
	if (status_ != Status::none)
		return;
	// The document root may have been taken away since the request was read.
	if (config.root && find_route(config, path.path))
		return;
	if (!config.root || path.hidden) {
		status_ = Status::not_found;
		return;
	}
	if (path.directory && !make_index_room()) {
		status_ = Status::service_unavailable;
		return;
	}
	if (path.directory)
		size = extend(path_, size, bytes_of(config.settings.index));
	else
		path_[size] = '\0';
	const CodingPreferences preferences(head, request);
	bool sought = request.has(Field::accept_encoding) && wants_coding(config, preferences);
	if (revalidate(config, preferences, size, sought))
		return;
	u32 beside;
	Result<OpenFile> opened = open_file(config.root.get(), c_string(path_), info,
					    if_sought(config, {path_, size}, sought, beside));
	if (!opened) {
		const Error error = opened.error();

		status_ = error.code() == kENOENT && path.directory ?
				  find_directory(config, error) :
				  status_of_errno(error);
		return;
	}
	if (info.directory) {
		kind_ = path.directory ? Kind::status : Kind::redirect;
		status_ = path.directory ? Status::not_found : Status::moved_permanently;
		return;
	}
	file_ = opened.take();
	kind_ = Kind::representation;
	status_ = Status::ok;
	const u32 available = find_codings(config, path_, size, info, beside, sought);
	represent(config, preferences.choose(available, config.codings), info, size, available);
}

// Makes room behind the path for the name of an index.
bool FileReply::make_index_room()
{
	if (!index_path_.reserve(path_size_ + kNameRoom))
		return false;
	u8 *path = index_path_.room().data();
	__builtin_memcpy(path, path_, path_size_);
	path_ = path;
	return true;
}

// Tells what comes of a directory whose index cannot be opened.
Status FileReply::find_directory(const khttpd_config &config, Error error)
{
	kh_file_info info;

	path_[path_size_] = '\0';
	if (kh_file_stat(config.root.get(), c_string(path_), &info) || !info.directory)
		return status_of_errno(error);
	// It is there, but unless it is to be listed it has nothing to show.
	if (!config.settings.autoindex_)
		return Status::forbidden;
	listing_ = Listing::create();
	if (!listing_)
		return Status::service_unavailable;
	const Status status = listing_->make(config.root.get(), path_, path_size_);
	if (status == Status::ok)
		kind_ = Kind::listing;
	else
		listing_ = Listing::Owner();
	return status;
}

// Takes the cache's entry if the file still is what that was made of, which opens nothing. Where
// neighbours were sought once, they are `sought` from then on.
bool FileReply::revalidate(const khttpd_config &config, const CodingPreferences &preferences,
			   usize name_size, bool &sought)
{
	kh_file_info plain;
	CacheRef known = hold_entry(key_of(Coding::identity));

	if (!known)
		return false;
	const bool seen = entry_of(known.get()).representation.available() != KH_CODINGS_UNSEEN;
	// It is of no use to a client that wants one of them.
	if (sought && !seen)
		return false;
	sought = seen;
	u32 beside;

	if (kh_file_stat_now(config.root.get(), c_string(path_), &plain,
			     if_sought(config, {path_, name_size}, sought, beside)) ||
	    plain.directory)
		return false;
	const u32 available = find_codings(config, path_, name_size, plain, beside, sought);
	const Coding coding = preferences.choose(available, config.codings);

	entry_ = if_current(std::move(known), config.root.get(), plain, available);
	if (entry_ && coding != Coding::identity) {
		extend(path_, name_size, coding_suffix(coding));
		entry_ = find_unchanged(config.root.get(), coding, available);
		path_[name_size] = '\0';
	}
	if (!entry_)
		return false;
	kind_ = Kind::representation;
	status_ = Status::ok;
	return true;
}

// Finds the entry, if the file at path_ still is what it was made of.
CacheRef FileReply::find_unchanged(kh_root *root, Coding coding, u32 available)
{
	kh_file_info info;

	if (kh_file_stat_now(root, c_string(path_), &info, nullptr) || info.directory)
		return CacheRef();
	return if_current(hold_entry(key_of(coding)), root, info, available);
}

// Gets hold of the content in a coding: from the cache, into it, or as an open file.
void FileReply::represent(const khttpd_config &config, Coding coding, const kh_file_info &plain,
			  usize name_size, u32 available)
{
	kh_file_info info = plain;

	representation_.set({path_, name_size}, plain, Coding::identity, available);
	if (coding != Coding::identity) {
		extend(path_, name_size, coding_suffix(coding));
		Result<OpenFile> encoded = open_file(config.root.get(), c_string(path_), info);
		// When it is gone since it was found, or is another, the file itself will do.
		if (encoded && *encoded && !out_of_date(info, plain)) {
			// The plain file's entry tells which codings there are.
			if (is_kept(config.settings, plain))
				keep(config, plain, Coding::identity, name_size);
			entry_ = CacheRef();
			file_ = encoded.take();
			representation_.set({path_, name_size}, info, coding, available);
		} else {
			info = plain;
			coding = Coding::identity;
		}
	}
	keep(config, info, coding, name_size);
}

bool FileReply::is_kept(const kh_settings &settings, const kh_file_info &info)
{
	return settings.cache_size != 0 && info.size <= u64{settings.cache_max_file} << 10;
}

// Finds or makes the cache entry for what is open; without one the file is sent as it is. The
// file's name at path_ has `name_size` bytes, and a coding's suffix behind them.
void FileReply::keep(const khttpd_config &config, const kh_file_info &info, Coding coding,
		     usize name_size)
{
	const kh_settings &settings = config.settings;
	kh_root *root = config.root.get();
	const bool hashed = is_hashed(info, settings);
	const Bytes key = key_of(coding);
	const Bytes name(path_, name_size + coding_suffix(coding).size());
	const bool kept = is_kept(settings, info);

	if (kept)
		entry_ = if_current(hold_entry(key), root, info, representation_.available());
	if (entry_)
		return;
	// The list first: one that comes meanwhile is found to be another.
	const u64 list = kept && !hashed ? digest_list_stamp(root) : 0;
	if (!hashed)
		tag_by_stamp(representation_, file_.get(), root, name);
	if (kept)
		entry_ = entry_load(key, representation_, file_.get(), list, settings);
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
