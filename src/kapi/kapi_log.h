/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The part of the seam that is about the access log (kapi/observe/access_log.c). kapi.h includes
 * it, and nobody else.
 */
#pragma once

struct kh_log;
struct kh_conn;

/* What the client said that a record keeps, and how many bytes of each; the rest is cut. */
enum kh_log_part {
	KH_LOG_METHOD,
	KH_LOG_TARGET,
	KH_LOG_REFERER,
	KH_LOG_AGENT,
	KH_LOG_PARTS,
};

#define KH_LOG_METHOD_BYTES 64
#define KH_LOG_TARGET_BYTES 1024
#define KH_LOG_REFERER_BYTES 512
#define KH_LOG_AGENT_BYTES 512
#define KH_LOG_TEXT_BYTES \
	(KH_LOG_METHOD_BYTES + KH_LOG_TARGET_BYTES + KH_LOG_REFERER_BYTES + KH_LOG_AGENT_BYTES)

/* Borrowed for the length of a call; data is null for what the client did not say. */
struct kh_log_text {
	const u8 *data;
	u32 size;
};

struct kh_log_reply {
	u64 second;	/* since 1970-01-01 UTC: that of the reply's Date */
	u64 content;	/* bytes of content that the reply announces and sends */
	u8 address[16]; /* the client's; IPv4 is mapped to IPv6 */
	u16 status;
	u8 version; /* of the request: 10 or 11; 0 when it is not known */
	struct kh_log_text parts[KH_LOG_PARTS];
};

/* A reply as the log keeps it; its parts follow one after the other, without an end mark. */
struct kh_log_record {
	u64 ticket_ns; /* monotonic: the order of records of different CPUs */
	u64 second;
	u64 content;
	u8 address[16]; /* the client's; IPv4 is mapped to IPv6 */
	u16 status;
	u8 version;
	u8 known; /* bit 1 << part: the client said it, be it empty */
	u8 cut;	  /* bit 1 << part: only its beginning is kept */
	u8 unused[3];
	u16 size[KH_LOG_PARTS];
	u8 text[];
} __attribute__((packed, aligned(4))); /* a place in the kernel's ring is no better aligned */

#define KH_LOG_RECORD_BYTES (sizeof(struct kh_log_record) + KH_LOG_TEXT_BYTES)
/* The longest line: every byte escaped as \xhh, and what stands around the parts. */
#define KH_LOG_LINE_BYTES (4 * KH_LOG_TEXT_BYTES + 256)

/* Records a reply, or counts that there was no room: observe/access_log.c. BH, during a run. */
void kh_log_write(struct kh_log *log, const struct kh_log_reply *reply) KH_NOEXCEPT;
/*
 * Writes the record as a line of the Combined Log Format, with its newline and a NUL; `host` is the
 * client's address as text. Returns the line's length; `size` is KH_LOG_LINE_BYTES or more. Any
 * context.
 */
size_t khttpd_log_line(const struct kh_log_record *record, const char *host, char *out,
		       size_t size) KH_NOEXCEPT;
