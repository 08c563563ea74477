// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Random bytes for the core; any context. */
#include <linux/random.h>
#include "kapi/kapi.h"

void kh_random(u8 *out, size_t size)
{
	get_random_bytes(out, size);
}
