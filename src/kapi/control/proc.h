/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The folder /proc/net/khttpd of a namespace. Process context. */
#pragma once

#include "kapi/netns.h"

/* `status` and `server`; in the first namespace all its files. */
int kh_proc_create(struct kh_netns *ns);
/* Waits for reads under way. */
void kh_proc_remove(struct kh_netns *ns);
