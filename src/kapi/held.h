/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The count of what peers make the module hold; kapi.h has the calls that take and give. It lies
 * below all rooms. Bytes are counted from before the memory is allocated until after it is freed.
 */
#pragma once

#include "kapi/kapi.h"

/* Bounds that follow from the machine's memory; before anything is taken. Process context. */
void kh_held_init(void);
/* The bound in bytes; what is held beyond a lower one stays until it is given back. Any context. */
void kh_held_set_limit(enum kh_held id, u64 bytes);
/* The bytes held now. Any context. */
u64 kh_held_bytes(enum kh_held id);
