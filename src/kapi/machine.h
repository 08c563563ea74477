/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What tells this machine from others; kapi.h has the call. */
#pragma once

/* Reads the machine's id, or makes one up that lasts until unload. Process context, at load. */
void kh_machine_init(void);
