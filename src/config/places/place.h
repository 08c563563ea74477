// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What holds for a request: the settings of its location, else of its site, else those at the top,
 * put together when the text was read. It belongs to its configuration and is immutable.
 */
#pragma once

#include <span>

#include "config/error_pages.h"
#include "config/places/access.h"
#include "config/places/root.h"
#include "http/accept_encoding.h"
#include "kapi/kapi.h"

namespace khttpd {

// One name that a request's file may have: its path and what is put behind that, or another path.
inline constexpr usize kMaxSuffix = 32;

struct Candidate {
	bool path = false;
	Bytes text;
};

// A media type for names with an ending, which is without its dot.
struct TypeOfEnding {
	Bytes ending, type;
};

// Methods that a place may answer.
enum MethodSet : u8 { kMethodGet = 1, kMethodHead = 2, kMethodOptions = 4 };

struct Place {
	const kh_settings *settings = nullptr; // the whole server's
	NamedRoot *named_root = nullptr;
	// Of files that are sent with success; empty: no such field.
	Bytes cache_control;
	// The parameter of types of text; empty: none.
	Bytes charset;
	// The names that a directory's file may have, the first one first.
	std::span<const Bytes> index;
	// Empty: the path alone.
	std::span<const Candidate> candidates;
	// Fields of every final reply, each with its end of line.
	Bytes fields;
	// Those of files that lie beside another.
	CodingOrder codings{};
	// In place of those that are built in; the last one for an ending counts.
	std::span<const TypeOfEnding> types;
	// Of files whose name tells nothing; empty: application/octet-stream.
	Bytes default_type;
	// What Allow says of the methods.
	Bytes allow = "GET, HEAD, OPTIONS"_b;
	u8 methods = kMethodGet | kMethodHead | kMethodOptions;
	// The addresses that are answered.
	std::span<const AccessRule> access;
	const Forwarding *forwarding = nullptr; // the whole server's; null where nobody is believed
	ErrorPages error_pages;
	// The time between two requests of one address, 0 for no bound, and how many may come at
	// once.
	u64 rate_interval_ns = 0;
	u32 rate_burst = 0;
	u32 rate_id = 0;    // places of one id count together
	u64 generation = 0; // of the configuration: no two have the same
	u32 number = 0;	    // of the place; 0 is the top
	u16 site = 0;	    // 0 is the top
	bool autoindex = false;
	bool server_field = true;
	bool logged = false; // replies are recorded

	// The document root; null when there is none.
	kh_root *root() const { return named_root ? named_root->root : nullptr; }
	// Whether files can be named: also while no root is opened, as in khttpdctl.
	// Whether files have types that lie in the configuration's memory.
	bool has_types() const { return !types.empty() || !default_type.empty(); }
	// The media type of a file's name.
	Bytes type_of(Bytes name) const;
	bool may_have_files() const { return named_root && !named_root->missing; }
};

} // namespace khttpd
