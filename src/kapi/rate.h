/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The memory of who asked at what rate; kapi.h has the call that takes a request. */
#pragma once

/* Makes the table, once. 0 or -ENOMEM. Process context; under the lock of whoever configures. */
int kh_rate_prepare(void);
/* When nothing runs any more. Process context. */
void kh_rate_exit(void);
