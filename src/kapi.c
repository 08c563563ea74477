// SPDX-License-Identifier: MIT OR GPL-2.0-only
/*
 * All C of the module, as one translation unit: reading the kernel's headers is most of the work of
 * compiling a file, and a machine builds the module anew with each kernel (docs/architecture.md).
 *
 * The files stand in one order: each uses only what comes before it (scripts/lint layers).
 */
#include "kapi/observe/stats.c"
#include "kapi/clock.c"
#include "kapi/log.c"
#include "kapi/mem.c"
#include "kapi/random.c"
#include "kapi/held.c"
#include "kapi/netns.c"
#include "kapi/observe/trace.c"
#include "kapi/observe/access_log.c"
#include "kapi/observe/access_log_file.c"
#include "kapi/fs/dir_memo.c"
#include "kapi/fs/file.c"
#include "kapi/fs/dir.c"
#include "kapi/fs/body.c"
#include "kapi/fs/cache.c"
#include "kapi/net/work.c"
#include "kapi/net/scratch.c"
#include "kapi/net/conn_state.c"
#include "kapi/net/conn_observe.c"
#include "kapi/net/conn_input.c"
#include "kapi/net/conn_output.c"
#include "kapi/net/stream.c"
#include "kapi/net/conn_run.c"
#include "kapi/net/conn_callbacks.c"
#include "kapi/net/peer.c"
#include "kapi/net/conn.c"
#include "kapi/net/listener.c"
#include "kapi/control/param.c"
#include "kapi/control/server.c"
#include "kapi/control/apply.c"
#include "kapi/control/proc.c"
#include "kapi/control/module.c"
