// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The document roots that a configuration owns, each path once: the directory and its mount are
 * held until its name leads elsewhere or the owner ends. Opened and closed in process context.
 */
#pragma once

#include "config/text/config_memory.h"
#include "kapi/kapi.h"

namespace khttpd {

// A document root by its name. It lies in the configuration's memory.
struct NamedRoot {
	Bytes path;   // with a NUL behind it
	u32 line = 0; // of the text, where it is named first
	// The directory; null until it is opened, and where it need not be there and is not.
	kh_root *root = nullptr;
	bool missing = false;
	NamedRoot *next = nullptr;
};

class RootList {
public:
	RootList() = default;
	RootList(const RootList &) = delete;
	RootList &operator=(const RootList &) = delete;
	~RootList()
	{
		for (NamedRoot *named = first_; named; named = named->next)
			kh_root_close(named->root);
	}

	// The root of this name, which is kept in the memory; null when there is none.
	NamedRoot *add(Bytes path, u32 line, ConfigMemory &memory, Mistakes &mistakes);
	// Opens all of them. The default one need not exist.
	void open(kh_net *net, Mistakes &mistakes);

private:
	static constexpr u32 kMostRoots = 4096;

	u32 count_ = 0;
	NamedRoot *first_ = nullptr;
	NamedRoot **last_ = &first_;
};

} // namespace khttpd
