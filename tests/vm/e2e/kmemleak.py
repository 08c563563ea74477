# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the module allocated and nothing points to any more, on kernels with kmemleak."""

import re
import time

import system

FILE = "/sys/kernel/debug/kmemleak"
# Its text is gone, and with it the names of its functions.
UNLOADED_FRAME = re.compile(r"\] 0xffffffff[a-f]")


def lost():
    """The reports about the module, which is unloaded."""
    # What has changed since the scan before is taken as in use.
    for _ in range(2):
        time.sleep(6)  # younger objects are not reported
        system.write(FILE, "scan")
    with open(FILE, encoding="ascii") as file:
        report = file.read()
    leaks = ["unreferenced object" + part for part in report.split("unreferenced object")[1:]]
    print(f"kmemleak: {len(leaks)} in all")
    # Where a load was made to fail in kmem_cache_create(), 6.1 loses the name of the cache's
    # directory in sysfs: the kernel's own, as is all that it allocates there.
    return [leak for leak in leaks if ("khttpd" in leak or UNLOADED_FRAME.search(leak))
            and "sysfs_slab_add" not in leak]
