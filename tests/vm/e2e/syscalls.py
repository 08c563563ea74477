# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Numbers of system calls that Python has no functions for, on this machine."""

import platform

# Calls from 424 on have one number everywhere; other machines than x86-64 share the older ones.
OPENAT2, PIDFD_GETFD = 437, 438
if platform.machine() == "x86_64":
    DELETE_MODULE, FINIT_MODULE, BPF = 176, 313, 321
else:
    DELETE_MODULE, FINIT_MODULE, BPF = 106, 273, 280
