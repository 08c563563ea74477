/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a C library for the kernel's ABI would list here: functions that it only has in name. */
#pragma once
