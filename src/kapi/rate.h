/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The tables behind kh_rate_take() (kapi.h), one for a server that has a rate. Process context. */
#pragma once

#include "kapi/netns.h"

/* Makes the server's table unless it has one; 0 or -ENOMEM. Under kn->control. */
int kh_rate_prepare(struct kh_net *kn);
/* When no run of the server is left. */
void kh_rate_exit(struct kh_net *kn);
/*
 * What an address (16 bytes) counts for, and its family: an IPv4 address, or the first half of an
 * IPv6 one, which is a site's (RFC 6177). Any context.
 */
u64 kh_address_site(const u8 *address, u32 *family);
