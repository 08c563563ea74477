// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Lines for the administrator; never for what a peer sends. */
#include <linux/kernel.h>
#include <linux/printk.h>
#include "kapi/kapi.h"

void kh_log_error(const char *format, ...)
{
	struct va_format vaf = {.fmt = format};
	va_list args;

	va_start(args, format);
	vaf.va = &args;
	pr_err("khttpd: %pV\n", &vaf);
	va_end(args);
}
