// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * What holds for a request: the settings of its location, else of its site, else those at the top,
 * put together when the text was read. It belongs to its configuration and is immutable.
 */
#pragma once

#include <span>

#include "config/error_pages.h"
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
	ErrorPages error_pages;
	u16 site = 0; // 0 is the top
	bool autoindex = false;

	// The document root; null when there is none.
	kh_root *root() const { return named_root ? named_root->root : nullptr; }
	// Whether files can be named: also while no root is opened, as in khttpdctl.
	bool may_have_files() const { return named_root && !named_root->missing; }
};

} // namespace khttpd
