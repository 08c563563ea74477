/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The one place that says which version this is; dkms.conf and the packages read it from here. */
#pragma once

#define KHTTPD_VERSION "0.2.0"
