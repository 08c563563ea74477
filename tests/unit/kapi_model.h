// SPDX-License-Identifier: MIT OR GPL-2.0-only
// The kernel side as a model in user space, so that src/server runs here: memory that can be made
// to fail, a clock that stands still, a directory's files, and what kapi/net/conn_run.c does with
// verdicts.
#pragma once

#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "kapi/kapi.h"

struct kh_root {
	std::string path;
};

struct kh_file {
	int fd;
};

struct kh_body {
	int refs;
	kh_held held;
	std::vector<u8> data;
};

struct kh_cache_node {
	int refs;
	bool checking;
	std::string key;
	std::vector<u64> core;
};

// The socket's side of a connection: what is attached, and the deadline.
struct kh_conn {
	kh_body *body = nullptr;
	kh_file *file = nullptr;
	u64 offset = 0, left = 0;
	unsigned long deadline = 0;
	std::optional<std::string> client; // its address, as a proxy told it
	bool secure = false;
};

[[gnu::used]] inline kh_net *kh_conn_net(const kh_conn *) noexcept
{
	return nullptr;
}

namespace khttpd_model {

// What the access log got of a reply; a part that the client did not say is empty.
struct LogEntry {
	u64 second, content;
	unsigned status, version;
	std::string address; // its 16 bytes
	std::optional<std::string> parts[KH_LOG_PARTS];

	bool operator==(const LogEntry &) const = default;
};

} // namespace khttpd_model

struct kh_log {
	std::vector<khttpd_model::LogEntry> entries;
};

namespace khttpd_model {

// What was told to tracepoints, which are on while `on` is set before a client is made.
struct Traced {
	bool on = false;
	std::vector<kh_trace_reply> replies;
	std::vector<kh_limit> limits;
	std::vector<std::pair<kh_error, int>> errors;
};

struct World {
	unsigned long ticks = 100000; // a thousandth of a second each
	u64 unix_seconds = 1700000000;
	u64 image_seconds = 0; // files with this time are of an image that has it, too
	u64 random = 1;
	int open_error = 0;	     // what opening a file ends with; 0: as it goes
	long allocations_left = -1;  // then they fail; -1: never
	long blocks = 0;	     // allocated and not freed
	std::string default_docroot; // what is at the default of docroot; empty: nothing
	kh_pace files_pace = KH_PACE_SOON;
	u32 rate_left = ~0u; // requests that come in time; then they wait for
	u32 rate_wait = 7;   // seconds
	u32 rate_place = 0;  // of the last one
	u8 rate_address[16] = {};
	u32 looks = 0, opens = 0; // at names below a document root, and of files
	u32 rests = 0;		  // in which others had the processor
	u32 hashes = 0;		  // made of files that are not held
	u32 attached = 0;	  // contents in pages that TCP was given
	u64 work = 0;		  // of requests, besides what is counted for each
	u32 most_work = 0;	  // of that, in a batch
	kh_change change = KH_CHANGE_TOLD;
	std::string kept_digest;	   // of every file
	std::function<void()> before_read; // of a file's content, once
	u64 bytes_read = 0;
	u32 device = 0;	 // added to that of every file
	u64 machine = 1; // the secret of this machine
	u8 address[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 7}; // of clients
	u16 port = 0; // of the last client that a proxy told
	bool refuses_clients = false;
	u64 stats[KH_STAT_COUNT] = {};
	u64 held[KH_HELD_COUNT] = {};
	u64 held_limit = 64 << 20;	   // of each kind
	u64 held_most[KH_HELD_COUNT] = {}; // at once
	alignas(8) u8 memo[KH_MEMO_BYTES] = {};
	std::map<std::string, kh_cache_node *> cache;
	Traced traced;
};

inline World world;
// Ticks after which a look at a file is due, and not overdue yet.
inline constexpr unsigned long kLookIsDue = 900;

} // namespace khttpd_model

[[gnu::used]] inline void kh_conn_address(const kh_conn *socket, u8 *out) noexcept
{
	const u8 *peer = khttpd_model::world.address;
	const std::string address = socket->client.value_or(std::string(peer, peer + 16));

	std::memcpy(out, address.data(), address.size());
}

[[gnu::used]] inline bool kh_conn_name_client(kh_conn *socket, const u8 *address, u16 port,
					      u32) noexcept
{
	if (khttpd_model::world.refuses_clients)
		return false;
	khttpd_model::world.port = port;
	socket->client = std::string(address, address + 16);
	return true;
}

[[gnu::used]] inline void kh_conn_set_secure(kh_conn *socket) noexcept
{
	socket->secure = true;
}

[[gnu::used]] inline bool kh_conn_is_secure(const kh_conn *socket) noexcept
{
	return socket->secure;
}

namespace khttpd_model {

// A CPU that has seen no request yet.
inline void forget_requests()
{
	memset(world.memo, 0, sizeof(world.memo));
}

inline void cache_clear()
{
	while (!world.cache.empty())
		kh_cache_drop(world.cache.begin()->second);
}

// A client's view of one connection. Its replies are recorded in `log`, if there is one.
class Client {
public:
	explicit Client(const khttpd_config *config, kh_log *log = nullptr) : config_(config)
	{
		batch_.data = data_;
		batch_.capacity = sizeof(data_);
		batch_.path = path_;
		batch_.log = log;
		batch_.memo = world.memo;
		batch_.tracing = world.traced.on;
		khttpd_conn_open(core_, &socket_, config_);
	}
	~Client()
	{
		kh_body_put(socket_.body);
		khttpd_conn_close(core_);
	}
	Client(const Client &) = delete;
	Client &operator=(const Client &) = delete;

	// Gives the server a piece; false when it has closed, after which nothing is taken.
	bool send(const std::string &piece)
	{
		// In a block of its own: one byte read behind its end is seen by the sanitizer.
		std::vector<u8> copy(piece.begin(), piece.end());
		size_t at = 0;

		while (open && at < copy.size()) {
			std::vector<u8> rest(copy.begin() + static_cast<long>(at), copy.end());
			size_t used = 0;
			kh_verdict verdict = khttpd_conn_input(core_, config_, rest.data(),
							       rest.size(), &used, &batch_);

			at += used;
			follow(verdict);
		}
		if (open)
			khttpd_conn_arm_deadline(core_, config_);
		return open;
	}
	// Lets the time come for which a deadline was set.
	void expire()
	{
		world.ticks = socket_.deadline;
		follow(khttpd_conn_timeout(core_, config_, &batch_));
	}
	// Takes the configuration's place when the work item is about to look for a file.
	void resolve_with(const khttpd_config *config) { applied_ = config; }
	// And this one afterwards.
	void resume_with(const khttpd_config *config) { applied_again_ = config; }
	// What the server said so far; nothing of it is left.
	std::string take_received() { return std::exchange(received, std::string()); }
	bool idle() const { return khttpd_conn_idle(core_); }
	unsigned long deadline() const { return socket_.deadline; }
	const std::optional<std::string> &client() const { return socket_.client; }

	std::string received;
	bool open = true;
	bool aborted = false;
	u32 requests = 0;
	u32 starved = 0;  // times it waited for memory
	u32 resolved = 0; // requests that took the work item

private:
	void follow(kh_verdict verdict)
	{
		while (true) {
			if (verdict == KH_ABORT)
				batch_.size = 0;
			flush();
			if (verdict == KH_SEND)
				send_attached();
			else if (verdict == KH_RESOLVE)
				resolve();
			else
				break;
			verdict = khttpd_conn_resume(core_, config_, &batch_);
		}
		if (verdict == KH_CLOSE || verdict == KH_ABORT)
			open = false;
		if (verdict == KH_STARVED) {
			starved++;
			world.allocations_left = -1; // it comes again when there is memory
		}
		aborted = aborted || verdict == KH_ABORT;
	}
	void resolve()
	{
		if (applied_)
			config_ = applied_;
		resolved++;
		khttpd_conn_resolve(core_, config_);
		if (applied_again_)
			config_ = applied_ = applied_again_;
	}
	void flush()
	{
		received.append(reinterpret_cast<char *>(data_), batch_.size);
		requests += batch_.requests;
		world.work += batch_.work;
		world.most_work = std::max(world.most_work, batch_.work);
		batch_.work = 0;
		batch_.size = 0;
		batch_.requests = 0;
	}
	void send_attached()
	{
		if (socket_.body) {
			const u8 *data = socket_.body->data.data() + socket_.offset;

			received.append(reinterpret_cast<const char *>(data), socket_.left);
			kh_body_put(socket_.body);
			socket_.body = nullptr;
			return;
		}
		std::string content(socket_.left, '\0');
		ssize_t n = pread(socket_.file->fd, content.data(), content.size(),
				  static_cast<off_t>(socket_.offset));

		received.append(content.data(), n > 0 ? static_cast<size_t>(n) : 0);
		socket_.file = nullptr;
	}

	const khttpd_config *config_;
	const khttpd_config *applied_ = nullptr;
	const khttpd_config *applied_again_ = nullptr;
	kh_conn socket_;
	kh_batch batch_ = {};
	u8 data_[16384];
	u8 path_[KH_PATH_BYTES];
	alignas(8) u8 core_[KH_CONN_PRIVATE_SIZE];
};

// Lines "name=value" as settings; names that are unknown are passed over.
inline std::map<kh_param_id, std::string> settings_of_lines(const std::string &text)
{
	static const std::map<std::string, kh_param_id> ids = {
#define KH_UINT(name, value, low, high, unit, description) {#name, KH_PARAM_##name},
#define KH_BOOL(name, value, description) {#name, KH_PARAM_##name},
#define KH_TEXT(name, type, value, low, high, description) {#name, KH_PARAM_##name},
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	};
	std::map<kh_param_id, std::string> settings;

	for (size_t at = 0; at < text.size();) {
		const size_t end = text.find('\n', at);
		const std::string line = text.substr(at, end - at);
		const size_t equals = line.find('=');
		const auto found = ids.find(line.substr(0, equals));

		if (equals != line.npos && found != ids.end())
			settings[found->second] = line.substr(equals + 1);
		at = end == text.npos ? text.size() : end + 1;
	}
	return settings;
}

// Settings by identifier; the rest are defaults. Null, with the line in `error`, when refused.
inline khttpd_config *make_config(const std::map<kh_param_id, std::string> &settings,
				  std::string *error = nullptr)
{
	const char *values[KH_PARAM_COUNT] = {};
	khttpd_config *config = nullptr;
	char line[256] = "";

	for (const auto &[id, value] : settings)
		values[id] = value.c_str();
	int err = khttpd_config_create(nullptr, values, &config, line, sizeof(line));
	if (error)
		*error = err ? std::to_string(-err) + " " + line : "";
	return config;
}

// Makes one of a text in the canonical form, with the lines of its mistakes.
inline khttpd_config *make_config_of_text(const std::string &text, std::string &mistakes)
{
	khttpd_config *config = nullptr;
	char lines[4096] = "";
	// Of exactly its size, so that the address sanitizer sees what is read behind it.
	const std::unique_ptr<char[]> copy(new char[text.size()]);

	std::memcpy(copy.get(), text.data(), text.size());
	khttpd_config_read(nullptr, copy.get(), text.size(), &config, lines, sizeof(lines));
	mistakes = lines;
	return config;
}

} // namespace khttpd_model
