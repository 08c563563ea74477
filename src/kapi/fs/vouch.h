/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What vouches for a file's bytes; kapi.h has the calls. */
#pragma once

#include <linux/fs.h>
#include "kapi/kapi.h"

/*
 * Tells how far the times of an open file can be trusted. Process context. Overlayfs has looked for
 * what lies below, and failed to open the file otherwise: asked for another one it would warn.
 */
enum kh_change kh_file_change(const struct file *file);
