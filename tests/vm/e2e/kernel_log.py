# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What a kernel log may not contain, used inside the machine and outside."""

import errno
import os
import re

# Out of tree and unsigned: the module's own two flags. Debian's kernels set a third for programs
# that are asked before files are opened or read (fanotify), as in some of the tests.
OWN_TAINT = (1 << 12) | (1 << 13) | (1 << 16)

REPORT = re.compile(
    r"\bBUG\b|WARNING|\bOops\b|KASAN|UBSAN|possible recursive|circular locking|"
    r"suspicious RCU|unreferenced object|sleeping function|general protection|"
    r"Call Trace|stack segment|invalid opcode|refcount_t|ODEBUG|list_(?:add|del) corruption|"
    r"blocked for more than|rcu_.*detected.*stalls|self-detected stall|soft lockup|"
    r"INFO: |Kernel panic|unable to handle|leaked|still has|bad page")

# Said by every boot of some kernels, about nothing of ours.
HARMLESS = re.compile(
    r"BUGS?=|debug: |DEBUG_|kasan: KernelAddressSanitizer initialized|"
    r"Speculative|Spectre|Lock dependency validator|kmemleak: Kernel memory leak detector|"
    r"INFO: NMI handler|WARNING: Spectre")


# What the kernel says of its own where an allocation fails, with its stack.
MADE_TO_FAIL = ("page allocation failure",
                "kmem_cache_create_usercopy(khttpd_conn) failed with error")


def reports_in(text):
    """The lines that report something. An allocation that was made to fail shows its caller."""
    lines = text.splitlines()
    found = []
    for number, line in enumerate(lines):
        if not REPORT.search(line) or HARMLESS.search(line):
            continue
        before = lines[max(0, number - 6):number]
        if "Call Trace" in line and any(told in b for b in before for told in MADE_TO_FAIL):
            continue
        found.append(line.strip())
    return found


class Reader:
    """The kernel log's lines from the time of making it (or of the last read) on."""

    def __init__(self):
        self._file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self._file, 0, os.SEEK_END)

    def lines(self):
        found = []
        while True:
            try:
                record = os.read(self._file, 8192).decode("utf-8", "replace")
            except OSError as error:
                if error.errno == errno.EPIPE:
                    continue
                if error.errno == errno.EAGAIN:
                    return found
                raise
            text = record.split(";", 1)[-1]
            found.append(text.split("\n", 1)[0])

    def close(self):
        os.close(self._file)
