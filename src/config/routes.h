// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * Replies that are written in the configuration, and how their words are read:
 *
 *	STATUS TYPE TEXT	content as it is
 *	STATUS TYPE file:/NAME	a file below the document root
 *	301 ADDRESS		a redirection, also 302, 303, 307, 308
 *	204			no content, also 205
 *
 * Behind content with 413, 429 or 503 may stand retry=SECONDS, behind content with 200 to 203
 * drain=503, which is its status while the server drains. They lie in the configuration's
 * memory and are immutable; read in process context.
 */
#pragma once

#include <span>

#include "config/places/place.h"
#include "config/prepared_reply.h"
#include "config/text/config_memory.h"

namespace khttpd {

// The bytes of a path, after decoding.
inline constexpr usize kMaxRoutePath = 1024;
// The bytes of a media type without a charset.
inline constexpr usize kMaxRouteType = 127;

struct Route {
	Status status = Status::none;
	// The seconds of Retry-After; 0 when the entry does not name them.
	u32 retry = 0;
	// The value of Content-Type, where there is content.
	Bytes type;
	// The name of the file, with a NUL behind it; empty when the content is written here.
	Bytes file;
	// Where a redirection leads that is made for each request; empty for others.
	Bytes target;
	// What stands behind the prefix follows the target, and the query with it.
	bool rest = false;
	bool query = false;
	// This is made when there is neither a file nor a target.
	PreparedReply reply;
};

class RouteReader {
public:
	// How a text is written: as the parameter `routes` has it, or as the words say.
	enum class Texts : u8 { quoted, plain };

	// `what` begins every message: the setting's name, and which of its entries.
	RouteReader(const Place &place, ConfigMemory &memory, Mistakes &mistakes, const char *what,
		    u32 entry = 0)
		: place_(place), memory_(memory), mistakes_(mistakes), what_(what), entry_(entry)
	{
	}

	// Reads a path as a request may have it, normalized. Empty, with a mistake, for any other.
	Bytes read_path(Bytes word);
	// Reads the words of a reply. Null, with a mistake, for any others.
	const Route *read_reply(std::span<const Bytes> words, Texts texts, bool draining);
	// Reads `ADDRESS STATUS`, and perhaps `query`. A star at the address's end takes the rest
	// of the path, for a prefix alone.
	const Route *read_redirect(std::span<const Bytes> words, bool prefix);

	TextWriter &fail();

private:
	bool read_words(std::span<const Bytes> words, Texts texts, Route &route);
	bool read_status(Bytes word, Route &route);
	bool read_type(Bytes word, Route &route);
	bool read_address(Bytes word, Route &route);
	bool read_retry(Bytes word, Route &route);
	bool read_drain(Bytes word, Route &route);
	bool read_content(Bytes word, Texts texts, Route &route);
	bool read_file(Bytes word, Route &route);
	bool prepare(const ReplyField &field, Bytes content, Route &route);

	const Place &place_;
	ConfigMemory &memory_;
	Mistakes &mistakes_;
	const char *what_;
	u32 entry_;
	bool draining_ = false;
};

} // namespace khttpd
