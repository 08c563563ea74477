// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * The document root that a configuration owns: the directory and its mount are held until its name
 * leads elsewhere or the owner ends. Opened and closed in process context.
 */
#pragma once

#include "base/owned.h"
#include "base/result.h"
#include "kapi/kapi.h"

namespace khttpd {

using Root = Owned<kh_root, kh_root_close>;

// Opens the directory at a NUL-terminated path, or tells why it cannot be opened.
inline Result<Root> open_root(const char *path)
{
	kh_root *root;
	const int err = kh_root_open(path, &root);

	if (err)
		return Error(err);
	return Root(root);
}

} // namespace khttpd
