// SPDX-License-Identifier: MIT OR GPL-2.0-only
/* Makes the tracepoints of trace.h. */
#include <linux/module.h>
#define CREATE_TRACE_POINTS
#include "kapi/observe/trace.h"
/* It would make those of every header included from here on. */
#undef CREATE_TRACE_POINTS
