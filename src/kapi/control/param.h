/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Module parameters: the staged texts, under kh_param_lock. Process context. */
#pragma once

#include <linux/mutex.h>
#include "kapi/kapi.h"

extern struct mutex kh_param_lock;
extern const char *kh_param_values[KH_PARAM_COUNT];
extern const char *const kh_param_names[KH_PARAM_COUNT];

/* After a refused change: the staged texts become those of the configuration in force again. */
void kh_param_restore(const struct khttpd_config *config);
