# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What a kernel log may not contain, used inside the machine and outside."""

import collections
import errno
import os
import re

# Out of tree and unsigned: the module's own two flags. Debian's kernels set a third for programs
# that are asked before files are opened or read (fanotify), as in some of the tests.
OWN_TAINT = (1 << 12) | (1 << 13) | (1 << 16)

REPORT = re.compile(
    r"\bBUG\b|WARNING|\bOops\b|KASAN|UBSAN|possible recursive|circular locking|"
    r"suspicious RCU|unreferenced object|sleeping function|general protection|"
    r"CFI failure|Call Trace|stack segment|invalid opcode|refcount_t|ODEBUG|"
    r"list_(?:add|del) corruption|blocked for more than|rcu_.*detected.*stalls|"
    r"self-detected stall|soft lockup|INFO: |Kernel panic|unable to handle|leaked|still has|"
    r"bad page")

# Said by every boot of some kernels, about nothing of ours.
HARMLESS = re.compile(
    r"BUGS?=|debug: |DEBUG_|kasan: KernelAddressSanitizer initialized|"
    r"Speculative|Spectre|Lock dependency validator|kmemleak: Kernel memory leak detector|"
    r"INFO: NMI handler|WARNING: Spectre")


# What the kernel says of its own where an allocation fails, with its stack.
MADE_TO_FAIL = ("page allocation failure", ": vmalloc error: size ",
                "(khttpd_conn) failed with error")


RACE = re.compile(r"BUG: KCSAN: [\w: -]+ in (.+)")
# "read to 0xffff888003c54a40 of 8 bytes by task 123 on cpu 0:", and the frames after it.
ACCESS = re.compile(r"\bto 0x[0-9a-f]+ of \d+ bytes by ")
FRAME = re.compile(r"(?:^|\] ) (\S+)\+0x[0-9a-f]+/0x[0-9a-f]+(?: \[(\w+)\])?")
# What these do is done for their caller, to its data.
FOR_CALLER = re.compile(r"_*(?:mem(?:cpy|move|set|cmp|chr)|str[a-z]+$|llist_|list_|find_|"
                        r"copy_(?:to|from)_)")


def accesses_of(lines):
    """Of the lines of a race: each access's frames, (function, module), the innermost first."""
    stacks = []
    reading = False
    for line in lines:
        frame = FRAME.search(line)
        if ACCESS.search(line):
            stacks.append([])
            reading = True
        elif reading and frame:
            stacks[-1].append(frame.groups())
        elif not line.strip() or "Reported by Kernel Concurrency Sanitizer" in line:
            reading = False
    return stacks


def race_is_ours(title, lines):
    """Whether one of the two accesses is made by the module. A title alone is enough for most:
    a log may end in the middle of a report."""
    if "[khttpd]" in title:
        return True
    for frames in accesses_of(lines):
        inner = [module for function, module in frames if not FOR_CALLER.match(function)]
        if inner and inner[0] == "khttpd":
            return True
    return False


def races_in(text):
    """Of each report of KCSAN: the number of its first line, what races, whether that is ours."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if RACE.search(line)]
    for number, end in zip(starts, starts[1:] + [len(lines)]):
        title = RACE.search(lines[number])[1].strip()
        yield number, title, race_is_ours(title, lines[number:end])


def races_of_others(text):
    """How often KCSAN told of which functions that are not the module's."""
    return collections.Counter(title for _, title, ours in races_in(text) if not ours)


def reports_in(text):
    """
    The lines that report something. An allocation that was made to fail shows its caller; a race
    that the module has no part in is the kernel's own.
    """
    lines = text.splitlines()
    found = []
    elsewhere = {number for number, _, ours in races_in(text) if not ours}
    for number, line in enumerate(lines):
        if not REPORT.search(line) or HARMLESS.search(line) or number in elsewhere:
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
