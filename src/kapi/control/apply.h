/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
#pragma once

#include <linux/types.h>

/* Lets `apply` be written, or waits for the one under way and lets no other begin. May sleep. */
void kh_param_allow_apply(bool possible);
