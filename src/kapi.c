// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * All C of the module, as one translation unit: reading the kernel's headers is most of the work of
 * compiling a file, and a machine builds the module anew with each kernel (docs/architecture.md).
 */
#include "kapi/access_log.c"
#include "kapi/access_log_file.c"
#include "kapi/fs/body.c"
#include "kapi/fs/cache.c"
#include "kapi/clock.c"
#include "kapi/conn.c"
#include "kapi/conn_input.c"
#include "kapi/conn_output.c"
#include "kapi/conn_run.c"
#include "kapi/control.c"
#include "kapi/fs/dir.c"
#include "kapi/fs/dir_memo.c"
#include "kapi/fs/file.c"
#include "kapi/listener.c"
#include "kapi/log.c"
#include "kapi/mem.c"
#include "kapi/module.c"
#include "kapi/param.c"
#include "kapi/peer.c"
#include "kapi/proc.c"
#include "kapi/random.c"
#include "kapi/stats.c"
#include "kapi/stream.c"
#include "kapi/trace.c"
