/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Listening sockets of a namespace. kn->control held; process context. */
#pragma once

#include "kapi/netns.h"

int kh_listeners_update(struct kh_net *kn, const struct kh_settings *settings);
void kh_listeners_stop(struct kh_net *kn);
