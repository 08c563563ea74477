/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the C files of kapi share: the server of one network namespace, its listeners and its
 * connections. docs/locking.md has the lock order and the life of each object.
 */
#pragma once

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>
#include <linux/timer.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/sock.h>
#include <linux/types.h>
#include "compat/compat.h"
#include "kapi/fs/body.h"
#include "kapi/fs/cache.h"
#include "kapi/kapi.h"
#include "kapi/netns.h"

/* kapi/control.c: process context */
int kh_server_start(struct kh_net *kn);
void kh_server_stop(struct kh_net *kn);
int kh_server_apply(struct kh_net *kn);

/* kapi/param.c: the staged texts, under kh_param_lock */
extern struct mutex kh_param_lock;
extern const char *kh_param_values[KH_PARAM_COUNT];
extern const char *const kh_param_names[KH_PARAM_COUNT];
/* Lets `apply` be written, or waits for the one under way and lets no other begin. */
void kh_param_allow_apply(bool possible);
/* After a refused change: the staged texts become those of the configuration in force again. */
void kh_param_restore(const struct khttpd_config *config);

/* kapi/proc.c */
int kh_proc_create(struct kh_net *kn);
void kh_proc_remove(struct kh_net *kn);
