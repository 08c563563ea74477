/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The room of what an administrator does: start, stop and change of the server in a network
 * namespace, parameters, files of /proc, load and unload. Process context; nothing here is called
 * by a run.
 */
#pragma once

#include "kapi/netns.h"

/* 0 or a negative errno, with a line in the kernel's log. */
int kh_server_start(struct kh_net *kn);
/* Does nothing where the server was not started. */
void kh_server_stop(struct kh_net *kn);
/*
 * Puts a text in the canonical form into force, or nothing of it: then `mistakes` has a line for
 * each.
 */
int kh_server_commit(struct kh_net *kn, const char *text, size_t size, char *mistakes,
		     size_t mistakes_size);
/* Puts the staged parameters into force; a refused change changes nothing. */
int kh_server_apply(struct kh_net *kn);
