/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The seam between the C++ core and the kernel: valid C and C++, no kernel header needed.
 * kh_* is implemented in kapi (C) and called by the core; khttpd_* is implemented by the core.
 * Contexts are named as in Documentation/kernel-hacking: "process" may sleep, "BH" is softirq or
 * process context with bottom halves disabled and must not.
 */
#pragma once

#ifdef __cplusplus
#include <cstddef>
#include <cstdint>
#include "base/types.h"
using khttpd::u16;
using khttpd::u32;
using khttpd::u64;
using khttpd::u8;
#define KH_NOEXCEPT noexcept
extern "C" {
#else
#include <linux/types.h>
#define KH_NOEXCEPT
#endif

/* ---- memory: kapi/mem.c; null when there is none; kh_free takes null; any context ---- */

enum kh_gfp {
	KH_GFP_KERNEL,
	KH_GFP_ACCOUNT, /* charged to the memory cgroup of whoever is served */
	KH_GFP_ATOMIC,
};
void *kh_alloc(size_t size, enum kh_gfp gfp) KH_NOEXCEPT;
void kh_free(const void *p) KH_NOEXCEPT;

/* ---- time: kapi/clock.c; any context ---- */

/* Kernel ticks; compare by subtraction, as jiffies. */
unsigned long kh_ticks(void) KH_NOEXCEPT;
unsigned long kh_ticks_from_seconds(u32 seconds) KH_NOEXCEPT;
/* Seconds since 1970-01-01 UTC. */
u64 kh_unix_seconds(void) KH_NOEXCEPT;
/* Monotonic nanoseconds. */
u64 kh_monotonic_ns(void) KH_NOEXCEPT;

/* ---- what nobody can foretell: kapi/random.c; any context ---- */

void kh_random(u8 *out, size_t size) KH_NOEXCEPT;

/* ---- what only this machine can make: kapi/machine.c; any context ---- */

/*
 * A hash of the bytes with a secret of this machine, which stays from one load to the next where
 * the system has an id (machine-id(5)).
 */
u64 kh_machine_hash(const void *data, size_t size) KH_NOEXCEPT;

/* ---- kernel log: any context; one line, prefixed with the module's name ---- */

void kh_log_error(const char *format, ...) KH_NOEXCEPT __attribute__((format(printf, 1, 2)));

/*
 * The server of a network namespace, which counts what is done and held for it: kapi/netns.h. Null
 * in khttpdctl.
 */
struct kh_net;

/* ---- settings: one field a parameter; immutable once published ---- */

struct kh_text {
	const char *data; /* NUL-terminated */
	u32 size;
};

struct kh_settings {
	struct kh_net *net; /* whose they are; it outlives them */
	u32 bind_line;	    /* of the text, in which bind is set; 0 when it is not */
#define KH_UINT(name, value, low, high, unit, description) u32 name;
#define KH_BOOL(name, value, description) u32 name##_;
#define KH_TEXT(name, type, value, low, high, description) struct kh_text name;
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
};

enum kh_param_id {
#define KH_UINT(name, value, low, high, unit, description) KH_PARAM_##name,
#define KH_BOOL(name, value, description) KH_PARAM_##name,
#define KH_TEXT(name, type, value, low, high, description) KH_PARAM_##name,
#include "config/params.def"
#undef KH_UINT
#undef KH_BOOL
#undef KH_TEXT
	KH_PARAM_COUNT,
};

/* ---- configuration: config/config.cc ---- */

struct khttpd_config;

/* The parameters' default texts. */
extern const char *const khttpd_param_defaults[KH_PARAM_COUNT];

/*
 * Makes an immutable configuration of the parameters' texts (null: the default). On failure returns
 * a negative errno, with a line for the administrator in `error`. Process context.
 */
int khttpd_config_create(struct kh_net *net, const char *const *values,
			 struct khttpd_config **config, char *error, size_t error_size) KH_NOEXCEPT;
/* As above, of a text in the canonical form; `mistakes` has a line for each: config/text/. */
int khttpd_config_read(struct kh_net *net, const char *text, size_t size,
		       struct khttpd_config **config, char *mistakes,
		       size_t mistakes_size) KH_NOEXCEPT;
/* Null is allowed. Process context. */
void khttpd_config_destroy(struct khttpd_config *config) KH_NOEXCEPT;
/* Any context. Whether there is a document root (the default one need not exist), and a log. */
bool khttpd_config_has_root(const struct khttpd_config *config) KH_NOEXCEPT;
bool khttpd_config_logs(const struct khttpd_config *config) KH_NOEXCEPT;
/* Whether requests are counted by address: kh_rate_prepare() has to be called. Any context. */
bool khttpd_config_rates(const struct khttpd_config *config) KH_NOEXCEPT;
const struct kh_settings *khttpd_config_settings(const struct khttpd_config *config) KH_NOEXCEPT;

/* Writes a value with a NUL, plain or as a line's words: its length or -ENOSPC. Any context. */
int khttpd_config_print(const struct khttpd_config *config, enum kh_param_id id, bool words,
			char *out, size_t size) KH_NOEXCEPT;
/* What the text says besides parameters' values: lines, borrowed. Any context. */
const char *khttpd_config_rest(const struct khttpd_config *config, size_t *size) KH_NOEXCEPT;

/* ---- counters: server/stats.def, per CPU ---- */

enum kh_stat {
#define KH_STAT(name, description) KH_STAT_##name,
#include "server/stats.def"
	KH_STAT_COUNT,
};

void kh_stat_add(struct kh_net *net, enum kh_stat id, u64 amount) KH_NOEXCEPT;
/* Counts replies by the bytes of their content: kapi/observe/histogram.c. Any context. */
void kh_content_add(struct kh_net *net, u64 bytes, u32 replies) KH_NOEXCEPT;

/* ---- what peers make the module hold: server/held.def, kapi/held.c; any context ---- */

enum kh_held {
#define KH_HELD(name, description) KH_HELD_##name,
#include "server/held.def"
#undef KH_HELD
	KH_HELD_COUNT,
};

/* Counts bytes that are about to be allocated; false, with nothing counted, beyond the bound. */
bool kh_held_take(struct kh_net *net, enum kh_held id, size_t bytes) KH_NOEXCEPT;
void kh_held_give(struct kh_net *net, enum kh_held id, size_t bytes) KH_NOEXCEPT;
/* As kh_alloc() and kh_free(), with the bytes counted; null beyond the bound, too. */
void *kh_held_alloc(struct kh_net *net, enum kh_held id, size_t bytes, enum kh_gfp gfp) KH_NOEXCEPT;
void kh_held_free(struct kh_net *net, enum kh_held id, const void *p, size_t bytes) KH_NOEXCEPT;

/* ---- requests at a rate: kapi/rate.c ---- */

/*
 * Takes a request of an address (as kh_conn_address() has it) in a place that takes one each
 * `interval_ns`, and `burst` at once. 0, or the seconds after which the next one may come. BH.
 */
u32 kh_rate_take(struct kh_net *net, const u8 *address, u32 place, u64 interval_ns,
		 u32 burst) KH_NOEXCEPT;
#include "kapi/kapi_log.h"
#include "kapi/kapi_trace.h"

/* ---- one run of a connection ---- */

/* What the core may remember of requests from one run on a CPU to the next. */
#define KH_MEMO_BYTES 4096

/* Bytes of a path after decoding; longer ones cannot be files (PATH_MAX). */
#define KH_PATH_BYTES 4096
#define KH_PATH_ROOM (KH_PATH_BYTES + 8) /* with what a key of the cache has behind its path */
/*
 * Replies gathered in one run and given to TCP in one call: owned by the CPU that runs, valid only
 * during the run.
 */
struct kh_batch {
	u8 *data;     /* replies rendered so far */
	u32 size;     /* bytes in data */
	u32 capacity; /* bytes data has room for */
	u32 requests; /* request heads completed in this run */
	u32 replies
		[6]; /* final and interim replies in this run, by the status code's first digit */
	u8 *path;    /* KH_PATH_ROOM to work in, for the length of a call */
	void *memo;  /* KH_MEMO_BYTES for the core, zero at first, kept between runs */
	u64 date_second;
	u8 date[29];	    /* the Date value of date_second, kept between runs */
	struct kh_log *log; /* where replies are recorded; null when they are not */
	bool tracing;	    /* a tracepoint of requests or replies is on */
	bool softirq;	    /* run in the receive path */
	u32 skipped;	    /* bytes of input, of what a call took, that were not looked at */
	u32 work;	    /* what else requests in this run took, as so many bytes */
	u64 arrived_ns;	    /* monotonic: when TCP had what this run reads */
	u64 given_ns;	    /* when it took the replies in data; 0 until then */
	/*
	 * For the latencies, classes of replies (2 to 5) or 0. Most replies in a batch are to heads
	 * that came in this run, and have no content attached. At most the first is `late`, to a
	 * head that was kept, and the last `attached`: what is attached ends it.
	 */
	u8 late;
	u8 attached, open; /* `open`: the class of an attached one that is not all with TCP */
	bool complete;	   /* what was attached in this or an earlier run is with TCP */
	u32 contents;	   /* replies in a row, not counted yet, each with */
	u64 content;	   /* so many bytes of content */
};

/* What the connection wants next; returned by the core after input, time-out or end of file. */
enum kh_verdict {
	KH_CONTINUE, /* more input is welcome */
	KH_FLUSH,    /* give the batch to TCP, then call again */
	KH_CLOSE,    /* send what is queued, then FIN, then discard input until the peer's FIN */
	KH_ABORT,    /* reset the connection at once */
	KH_STARVED,  /* no memory: give the batch to TCP, then call again in a moment */
	KH_SEND,     /* flush, send what kh_conn_attach_*() attached, then khttpd_conn_resume */
	KH_RESOLVE,  /* flush, then khttpd_conn_resolve in process context and khttpd_conn_resume */
};

enum kh_close_reason {
	KH_CLOSE_PEER,	/* the peer closed first */
	KH_CLOSE_REPLY, /* after a reply that closes */
	KH_CLOSE_TIMEOUT,
	KH_CLOSE_ERROR, /* reset, out of memory or a send error */
	KH_CLOSE_SLOW,	/* below min_send_rate */
	KH_CLOSE_UNLOAD,
};

/* Bytes the core's part of a connection may take; the core asserts that it fits. */
#define KH_CONN_PRIVATE_SIZE 232

/*
 * All khttpd_conn_* run with the socket's spinlock held in BH context, under rcu_read_lock;
 * `config` is the current configuration and valid during the call.
 */
void khttpd_conn_open(void *conn, struct kh_conn *socket,
		      const struct khttpd_config *config) KH_NOEXCEPT;
/* Takes input in place; *used says how much. May be called again with the rest. */
enum kh_verdict khttpd_conn_input(void *conn, const struct khttpd_config *config, const u8 *data,
				  size_t size, size_t *used, struct kh_batch *batch) KH_NOEXCEPT;
/*
 * Does what may sleep for a reply. Process context, no lock; nothing else of the connection runs
 * meanwhile. `config` is held by SRCU.
 */
void khttpd_conn_resolve(void *conn, const struct khttpd_config *config) KH_NOEXCEPT;
/* Goes on after KH_SEND or KH_RESOLVE. */
enum kh_verdict khttpd_conn_resume(void *conn, const struct khttpd_config *config,
				   struct kh_batch *batch) KH_NOEXCEPT;
/* The deadline the core set has passed. */
enum kh_verdict khttpd_conn_timeout(void *conn, const struct khttpd_config *config,
				    struct kh_batch *batch) KH_NOEXCEPT;
/*
 * Sets the deadline of what the connection now waits for. Called after a run in which input was
 * taken, before the lock is left.
 */
void khttpd_conn_arm_deadline(void *conn, const struct khttpd_config *config) KH_NOEXCEPT;
/* True between requests with no reply owed: may be closed without loss. */
bool khttpd_conn_idle(const void *conn) KH_NOEXCEPT;
/* Frees what the connection holds. Process context, no lock needed. */
void khttpd_conn_close(void *conn) KH_NOEXCEPT;

/* Asks for khttpd_conn_timeout when `ticks` (absolute) has come; replaces an earlier one. */
void kh_conn_set_deadline(struct kh_conn *socket, unsigned long ticks) KH_NOEXCEPT;

/* ---- files below the document root: kapi/fs/root.c, dir.c, file.c; process context ---- */

struct kh_root;
struct kh_file;

/* What a file's times tell of a change of its bytes. */
enum kh_change {
	KH_CHANGE_TOLD,	  /* ctime_ns is another after every change */
	KH_CHANGE_NEVER,  /* an image: there is none, but another image may take its place */
	KH_CHANGE_UNTOLD, /* nothing for certain */
};

struct kh_file_info {
	u64 size;
	u64 inode;
	u64 mtime; /* seconds since 1970, 0 for what is before */
	u64 mtime_ns, ctime_ns;
	u32 device;
	enum kh_change change; /* of what kh_file_open() opened; untold otherwise */
	bool directory;
	bool time_of_image; /* mtime is that of the whole file system, which cannot be written to */
};

/* In place of a set of codings. */
#define KH_CODINGS_UNKNOWN 0xffffffffu
#define KH_CODINGS_UNSEEN 0xfffffffeu

/*
 * The directory must exist. It and its mount are held until kh_root_close (null is allowed), or
 * until a lookup below it finds that the path leads to another one, the root from then on. What is
 * below it is seen as the caller's process would as an unprivileged user.
 */
int kh_root_open(struct kh_net *net, const char *path, struct kh_root **root) KH_NOEXCEPT;
void kh_root_close(struct kh_root *root) KH_NOEXCEPT;
/*
 * `name` is a NUL-terminated path below the root. Returns 0 or a negative errno, as the lookup had
 * it; -ENOENT for what is neither a regular file nor a directory, -EAGAIN when another process has
 * a lease on the file or renames without a pause. Who watches files (security modules, fanotify) is
 * asked, and may take long. For a directory *file is null. With `codings` (null is allowed) comes
 * what kh_dir_codings() found in the directory that the name is in, as it is before the opening and
 * without another lookup; KH_CODINGS_UNSEEN where that is not known, or the name is not that of a
 * file which lies there itself.
 */
int kh_file_open(struct kh_root *root, const char *name, struct kh_file **file,
		 struct kh_file_info *info, u32 *codings) KH_NOEXCEPT;
int kh_file_stat(struct kh_root *root, const char *name, struct kh_file_info *info) KH_NOEXCEPT;
/* As opening would find it: a network's file is asked for. */
int kh_file_stat_now(struct kh_root *root, const char *name, struct kh_file_info *info,
		     u32 *codings) KH_NOEXCEPT;
/*
 * Gives khttpd_listing_take the names in a directory below the root, but "." and "..", in no order,
 * until it returns false. 0 or a negative errno.
 */
int kh_dir_list(struct kh_root *root, const char *name, void *listing) KH_NOEXCEPT;
/* For loops of thousands of steps: whoever waits for the CPU has it first. */
void kh_let_others_run(void) KH_NOEXCEPT;
/* Process context, with the directory locked: must not look at files. */
bool khttpd_listing_take(void *listing, const u8 *name, u32 size) KH_NOEXCEPT;

/*
 * The bits of khttpd_name_codings() that occur in a directory below the root; KH_CODINGS_UNKNOWN
 * where that would cost more than it is worth, or is not sure to last until the next call.
 */
u32 kh_dir_codings(struct kh_root *root, const char *name) KH_NOEXCEPT;
/* A bit for the coding whose suffix the name ends in, or 0. As khttpd_listing_take. */
u32 khttpd_name_codings(const u8 *name, u32 size) KH_NOEXCEPT;

/* As it is now. 0 or a negative errno. */
int kh_file_describe(const struct kh_file *file, struct kh_file_info *info) KH_NOEXCEPT;
void kh_file_close(struct kh_file *file) KH_NOEXCEPT;
/* Returns the bytes read, fewer at the file's end, or a negative errno. */
ptrdiff_t kh_file_read(struct kh_file *file, u64 offset, u8 *out, size_t size) KH_NOEXCEPT;

/* ---- what vouches for a file's bytes: kapi/fs/vouch.c; process context ---- */

/*
 * The digest that the file system keeps of an open file (fs-verity), cut to `room`: the bytes
 * written, 0 where there is none. Such a file cannot be changed.
 */
size_t kh_file_kept_digest(const struct kh_file *file, u8 *out, size_t room) KH_NOEXCEPT;
/*
 * A hash of the file's first `size` bytes (XXH64, seed 0), the same on every machine. False when
 * there are fewer, or they cannot be read.
 */
bool kh_file_hash(struct kh_file *file, u64 size, u64 *hash) KH_NOEXCEPT;

/* How soon this CPU's threads for files would look at one. */
enum kh_pace {
	KH_PACE_SOON,
	/* All are taken, and others wait for one: a disk is slow. */
	KH_PACE_LATE,
	/* All have waited for a second: a disk does not answer. */
	KH_PACE_STUCK,
};

/* Kept by kapi/net/work.c; any context. */
enum kh_pace kh_files_pace(const struct kh_net *net) KH_NOEXCEPT;

/* ---- content in memory: kapi/fs/body.c; create in process context, the rest in any ---- */

struct kh_body;

/*
 * A body of `size` bytes, counted as `held` until the last packet that refers to it is gone; with
 * one reference. Null when there is no memory, or the bound is reached.
 */
struct kh_body *kh_body_create(struct kh_net *net, size_t size, enum kh_held held) KH_NOEXCEPT;
/* The bytes of memory that such a body takes. */
size_t kh_body_charge(size_t size) KH_NOEXCEPT;
/* Fills the body from the file's beginning; false when that is shorter or cannot be read. */
bool kh_body_read(struct kh_body *body, struct kh_file *file) KH_NOEXCEPT;
/* The same hash as kh_file_hash(), of all of the body. */
u64 kh_body_hash(const struct kh_body *body) KH_NOEXCEPT;
/* The first KH_BODY_SPAN bytes, or all if there are fewer: only so many lie together. */
#define KH_BODY_SPAN 32768
u8 *kh_body_data(struct kh_body *body) KH_NOEXCEPT;
struct kh_body *kh_body_get(struct kh_body *body) KH_NOEXCEPT;
void kh_body_put(struct kh_body *body) KH_NOEXCEPT;

/*
 * What KH_SEND sends; BH, socket locked. The body's reference is taken over; the file stays the
 * caller's and open until khttpd_conn_resume or khttpd_conn_close. More output follows if `more`.
 */
void kh_conn_attach_body(struct kh_conn *socket, struct kh_body *body, u64 offset, u64 size,
			 bool more) KH_NOEXCEPT;
void kh_conn_attach_file(struct kh_conn *socket, struct kh_file *file, u64 offset, u64 size,
			 bool more) KH_NOEXCEPT;

/* ---- the cache's table: kapi/fs/cache.c ---- */

struct kh_cache_node;

/*
 * An entry with a private part of core_size bytes, of any content; one reference. It counts against
 * the bound with its own memory and `charge` bytes. Process context.
 */
struct kh_cache_node *kh_cache_create(struct kh_net *net, const u8 *key, u32 key_size,
				      u32 core_size, u32 charge) KH_NOEXCEPT;
void *kh_cache_core(struct kh_cache_node *node) KH_NOEXCEPT;
/* Valid under rcu_read_lock, as khttpd_conn_* run. */
struct kh_cache_node *kh_cache_find(struct kh_net *net, const u8 *key, u32 key_size) KH_NOEXCEPT;
/* As find, with a reference, in any context. */
struct kh_cache_node *kh_cache_hold(struct kh_net *net, const u8 *key, u32 key_size) KH_NOEXCEPT;
void kh_cache_put(struct kh_cache_node *node) KH_NOEXCEPT;
/* Replaces an entry of the same key; the table takes a reference of its own. */
void kh_cache_insert(struct kh_cache_node *node) KH_NOEXCEPT;
void kh_cache_drop(struct kh_cache_node *node) KH_NOEXCEPT;
/* True for the one who is to look whether the entry is still right. */
bool kh_cache_begin_check(struct kh_cache_node *node) KH_NOEXCEPT;
void kh_cache_end_check(struct kh_cache_node *node) KH_NOEXCEPT;
/* How many bytes of a key are its path. Any context. */
u32 khttpd_key_path(const u8 *key, u32 key_size) KH_NOEXCEPT;
/* Frees what the private part holds. Softirq (RCU callback). */
void khttpd_entry_free(void *core) KH_NOEXCEPT;

/* ---- kapi/net/conn_observe.c; BH ---- */
/* The server whose connection it is. Any context. */
struct kh_net *kh_conn_net(const struct kh_conn *socket) KH_NOEXCEPT;
/* The client's address, 16 bytes; IPv4 is mapped to IPv6. Any context. */
void kh_conn_address(const struct kh_conn *socket, u8 *out) KH_NOEXCEPT;
/*
 * The client's address (16 bytes) and port, as a proxy tells it: from now on the connection counts
 * for it. False, with that counted, where it has `limit` connections, or there is no memory.
 */
bool kh_conn_name_client(struct kh_conn *socket, const u8 *address, u16 port,
			 u32 limit) KH_NOEXCEPT;
/* A proxy says that its client has TLS, which holds for the whole connection. */
void kh_conn_set_secure(struct kh_conn *socket) KH_NOEXCEPT;
/* Whether one has said so. Any context. */
bool kh_conn_is_secure(const struct kh_conn *socket) KH_NOEXCEPT;

/*
 * For the latency of a request whose head is kept: its first bytes came in this run, or its last
 * ones. BH, in a run.
 */
void kh_conn_head_begun(struct kh_conn *socket, const struct kh_batch *batch) KH_NOEXCEPT;
void kh_conn_head_ended(struct kh_conn *socket, const struct kh_batch *batch) KH_NOEXCEPT;

#ifdef __cplusplus
}
#endif
