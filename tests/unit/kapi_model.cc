// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "kapi_model.h"
#include "kapi_silent.h"
#include "kapi_traced.h"

using khttpd_model::LogEntry;
using khttpd_model::world;

void *kh_alloc(size_t size, kh_gfp) noexcept
{
	if (world.allocations_left == 0)
		return nullptr;
	if (world.allocations_left > 0)
		world.allocations_left--;
	world.blocks++;
	return malloc(size);
}

void kh_free(const void *p) noexcept
{
	world.blocks -= p != nullptr;
	free(const_cast<void *>(p));
}

unsigned long kh_ticks() noexcept
{
	return world.ticks;
}

enum kh_pace kh_files_pace(const kh_net *) noexcept
{
	return world.files_pace;
}

unsigned long kh_ticks_from_seconds(u32 seconds) noexcept
{
	return seconds * 1000ul;
}

u64 kh_unix_seconds() noexcept
{
	return world.unix_seconds;
}

u64 kh_monotonic_ns() noexcept
{
	return world.ticks * 1000000;
}

void kh_random(u8 *out, size_t size) noexcept
{
	for (size_t i = 0; i < size; i++) {
		world.random = world.random * 6364136223846793005 + 1442695040888963407;
		out[i] = static_cast<u8>(world.random >> 33);
	}
}

void kh_log_error(const char *, ...) noexcept
{
}

void kh_stat_add(kh_net *, kh_stat id, u64 amount) noexcept
{
	world.stats[id] += amount;
}

u32 kh_rate_take(kh_net *, const u8 *address, u32 place, u64, u32) noexcept
{
	std::memcpy(world.rate_address, address, sizeof(world.rate_address));
	world.rate_place = place;
	return world.rate_left && world.rate_left-- ? 0 : world.rate_wait;
}

void kh_log_write(kh_log *log, const kh_log_reply *reply) noexcept
{
	LogEntry entry = {reply->second, reply->content, reply->status, reply->version, "", {}};

	entry.address.assign(reply->address, reply->address + sizeof(reply->address));
	for (int i = 0; i < KH_LOG_PARTS; i++) {
		const kh_log_text &part = reply->parts[i];
		if (part.data)
			entry.parts[i] = std::string(part.data, part.data + part.size);
	}
	log->entries.push_back(entry);
}

void kh_conn_set_deadline(kh_conn *socket, unsigned long ticks) noexcept
{
	socket->deadline = ticks;
}

int kh_root_open(kh_net *, const char *path, kh_root **root) noexcept
{
	struct stat st;

	// Not that of the machine the tests run on.
	if (std::string(path) == "/var/www/khttpd")
		path = world.default_docroot.c_str();
	if (stat(path, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	*root = new kh_root{path};
	return 0;
}

void kh_root_close(kh_root *root) noexcept
{
	delete root;
}

static void describe(const struct stat &st, kh_file_info *info)
{
	info->size = static_cast<u64>(st.st_size);
	info->inode = st.st_ino;
	info->mtime = static_cast<u64>(st.st_mtim.tv_sec);
	info->mtime_ns = info->mtime * 1000000000 + static_cast<u64>(st.st_mtim.tv_nsec);
	// Of the model's time, as mtime is; another after each change.
	info->ctime_ns = info->mtime * 1000000000 + static_cast<u64>(st.st_ctim.tv_nsec);
	info->device = static_cast<u32>(st.st_dev) + world.device;
	info->change = KH_CHANGE_UNTOLD;
	info->directory = S_ISDIR(st.st_mode);
	info->time_of_image = info->mtime == world.image_seconds;
}

int kh_file_stat(kh_root *root, const char *name, kh_file_info *info) noexcept
{
	struct stat st;

	world.looks++;
	if (stat((root->path + "/" + name).c_str(), &st))
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return -ENOENT;
	describe(st, info);
	return 0;
}

// Of a name that is there.
static void see_codings(kh_root *root, const char *name, u32 *codings)
{
	if (codings && std::filesystem::is_symlink(root->path + "/" + name))
		*codings = KH_CODINGS_UNSEEN;
	else if (codings)
		*codings = kh_dir_codings(
			root, std::filesystem::path(name).parent_path().string().c_str());
}

int kh_file_stat_now(kh_root *root, const char *name, kh_file_info *info, u32 *codings) noexcept
{
	const int err = kh_file_stat(root, name, info);

	if (!err)
		see_codings(root, name, codings);
	return err;
}

int kh_file_open(kh_root *root, const char *name, kh_file **file, kh_file_info *info,
		 u32 *codings) noexcept
{
	int err = kh_file_stat(root, name, info);

	*file = nullptr;
	if (err)
		return err;
	see_codings(root, name, codings);
	if (info->directory)
		return 0;
	if (world.open_error)
		return -world.open_error;
	int fd = open((root->path + "/" + name).c_str(), O_RDONLY);
	if (fd < 0)
		return -errno;
	world.opens++;
	info->change = world.change;
	*file = new kh_file{fd};
	return 0;
}

void kh_let_others_run() noexcept
{
	world.rests++;
}

int kh_dir_list(kh_root *root, const char *name, void *listing) noexcept
{
	DIR *dir = opendir((root->path + "/" + name).c_str());

	if (!dir)
		return -errno;
	while (dirent *entry = readdir(dir)) {
		const std::string_view entry_name = entry->d_name;

		if (entry_name != "." && entry_name != ".." &&
		    !khttpd_listing_take(listing, reinterpret_cast<const u8 *>(entry->d_name),
					 static_cast<u32>(entry_name.size())))
			break;
	}
	closedir(dir);
	return 0;
}

u32 kh_dir_codings(kh_root *root, const char *name) noexcept
{
	DIR *dir = opendir((root->path + "/" + name).c_str());
	u32 codings = 0;

	if (!dir)
		return KH_CODINGS_UNKNOWN;
	while (dirent *entry = readdir(dir))
		codings |= khttpd_name_codings(reinterpret_cast<const u8 *>(entry->d_name),
					       static_cast<u32>(strlen(entry->d_name)));
	closedir(dir);
	return codings;
}

int kh_file_describe(const kh_file *file, kh_file_info *info) noexcept
{
	struct stat st = {};

	if (fstat(file->fd, &st))
		return -errno;
	describe(st, info);
	return 0;
}

ptrdiff_t kh_file_read(kh_file *file, u64 offset, u8 *out, size_t size) noexcept
{
	const ssize_t n = pread(file->fd, out, size, static_cast<off_t>(offset));

	return n < 0 ? -errno : n;
}

static void about_to_read(size_t size)
{
	world.bytes_read += size;
	if (world.before_read)
		std::exchange(world.before_read, nullptr)();
}

size_t kh_file_kept_digest(const kh_file *, u8 *out, size_t room) noexcept
{
	const size_t size = std::min(room, world.kept_digest.size());

	about_to_read(0);

	memcpy(out, world.kept_digest.data(), size);
	return size;
}

// FNV-1a: the core asks for a hash that is the same everywhere, and not for which.
static u64 hash_of(u64 hash, const void *data, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ static_cast<const u8 *>(data)[i]) * 0x100000001b3;
	return hash;
}

bool kh_file_hash(kh_file *file, u64 size, u64 *hash) noexcept
{
	std::vector<u8> data(size);

	about_to_read(size);
	world.hashes++;
	*hash = hash_of(0xcbf29ce484222325, data.data(), 0);
	if (pread(file->fd, data.data(), size, 0) != static_cast<ssize_t>(size))
		return false;
	*hash = hash_of(0xcbf29ce484222325, data.data(), size);
	return true;
}

u64 kh_body_hash(const kh_body *body) noexcept
{
	return hash_of(0xcbf29ce484222325, body->data.data(), body->data.size());
}

u64 kh_machine_hash(const void *data, size_t size) noexcept
{
	return hash_of(world.machine, data, size);
}

void kh_file_close(kh_file *file) noexcept
{
	if (file)
		close(file->fd);
	delete file;
}

size_t kh_body_charge(size_t size) noexcept
{
	return size;
}

bool kh_held_take(kh_net *, kh_held id, size_t bytes) noexcept
{
	if (world.held[id] + bytes > world.held_limit)
		return false;
	world.held[id] += bytes;
	if (world.held[id] > world.held_most[id])
		world.held_most[id] = world.held[id];
	return true;
}

void kh_held_give(kh_net *, kh_held id, size_t bytes) noexcept
{
	world.held[id] -= bytes;
}

void *kh_held_alloc(kh_net *net, kh_held id, size_t bytes, kh_gfp gfp) noexcept
{
	if (!kh_held_take(net, id, bytes))
		return nullptr;
	void *p = kh_alloc(bytes, gfp);
	if (!p)
		kh_held_give(net, id, bytes);
	return p;
}

void kh_held_free(kh_net *net, kh_held id, const void *p, size_t bytes) noexcept
{
	kh_free(p);
	kh_held_give(net, id, bytes);
}

kh_body *kh_body_create(kh_net *net, size_t size, kh_held held) noexcept
{
	if (world.allocations_left == 0 || !kh_held_take(net, held, size))
		return nullptr;
	return new kh_body{1, held, std::vector<u8>(size)};
}

bool kh_body_read(kh_body *body, kh_file *file) noexcept
{
	const size_t size = body->data.size();

	about_to_read(size);
	return pread(file->fd, body->data.data(), size, 0) == static_cast<ssize_t>(size);
}

u8 *kh_body_data(kh_body *body) noexcept
{
	return body->data.data();
}

kh_body *kh_body_get(kh_body *body) noexcept
{
	body->refs++;
	return body;
}

void kh_body_put(kh_body *body) noexcept
{
	if (!body || --body->refs != 0)
		return;
	kh_held_give(nullptr, body->held, body->data.size());
	delete body;
}

void kh_conn_attach_body(kh_conn *socket, kh_body *body, u64 offset, u64 size, bool) noexcept
{
	world.attached++;
	socket->body = body;
	socket->offset = offset;
	socket->left = size;
}

void kh_conn_attach_file(kh_conn *socket, kh_file *file, u64 offset, u64 size, bool) noexcept
{
	socket->file = file;
	socket->offset = offset;
	socket->left = size;
}

kh_cache_node *kh_cache_create(kh_net *, const u8 *key, u32 key_size, u32 core_size, u32) noexcept
{
	return new kh_cache_node{1, false, std::string(key, key + key_size),
				 std::vector<u64>(core_size / 8 + 1, ~u64{0})};
}

void *kh_cache_core(kh_cache_node *node) noexcept
{
	return node->core.data();
}

kh_cache_node *kh_cache_find(kh_net *, const u8 *key, u32 key_size) noexcept
{
	auto found = world.cache.find(std::string(key, key + key_size));

	return found == world.cache.end() ? nullptr : found->second;
}

kh_cache_node *kh_cache_hold(kh_net *net, const u8 *key, u32 key_size) noexcept
{
	kh_cache_node *node = kh_cache_find(net, key, key_size);

	if (node)
		node->refs++;
	return node;
}

void kh_cache_put(kh_cache_node *node) noexcept
{
	if (!node || --node->refs)
		return;
	khttpd_entry_free(node->core.data());
	delete node;
}

void kh_cache_insert(kh_cache_node *node) noexcept
{
	kh_cache_node *old = kh_cache_find(nullptr, reinterpret_cast<const u8 *>(node->key.data()),
					   static_cast<u32>(node->key.size()));

	if (old)
		kh_cache_drop(old);
	node->refs++;
	world.cache[node->key] = node;
}

void kh_cache_drop(kh_cache_node *node) noexcept
{
	auto found = world.cache.find(node->key);

	if (found == world.cache.end() || found->second != node)
		return;
	world.cache.erase(found);
	kh_cache_put(node);
}

bool kh_cache_begin_check(kh_cache_node *node) noexcept
{
	bool first = !node->checking;

	node->checking = true;
	return first;
}

void kh_cache_end_check(kh_cache_node *node) noexcept
{
	node->checking = false;
}
