/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The file that a configuration is written to. */
#pragma once

#include <linux/proc_fs.h>

extern const struct proc_ops kh_server_file_ops;
