/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What vouches for a file's bytes; kapi.h has the calls. */
#pragma once

#include <linux/path.h>
#include "kapi/kapi.h"

/* Tells how far the times of what is at the path can be trusted. Any context. */
enum kh_change kh_path_change(const struct path *path);
