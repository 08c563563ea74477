# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Allocations that the debug kernel makes fail."""

import errno
import os

import system

DEBUGFS = "/sys/kernel/debug/"


class Faults:
    """
    Fails one allocation in `interval` with `probability` per cent; with `waiting` those too that
    may wait for memory; with `tasks` those of these tasks alone, with `marked` those of the slab
    cache that tests/vm/run has marked; of pages those from an order on.
    """

    def __init__(self, kind, interval=1, times=-1, waiting=False, probability=100, tasks=None,
                 marked=False, order=0):
        self.folder = DEBUGFS + kind + "/"
        self.tasks = tasks or []
        # Off until the last line, or setting it up would fail by itself.
        self.values = [("times", 0), ("ignore-gfp-wait", "N" if waiting else "Y"), ("space", 0),
                       ("verbose", 0), ("min-order", order), ("interval", interval),
                       ("task-filter", "N" if tasks is None else "Y"),
                       ("cache-filter", "Y" if marked else "N"),
                       ("probability", probability), ("times", times)]

    def set(self, name, value):
        if os.path.exists(self.folder + name):
            with open(self.folder + name, "w", encoding="ascii") as file:
                file.write(str(value))

    def mark(self, on):
        for task in self.tasks:
            try:
                with open(f"/proc/{task}/make-it-fail", "w", encoding="ascii") as file:
                    file.write(str(on))
            except (FileNotFoundError, ProcessLookupError):
                pass  # a kernel thread may have ended

    def __enter__(self):
        self.mark(1)
        for name, value in self.values:
            self.set(name, value)

    def __exit__(self, *_):
        for name, value in (("times", 0), ("probability", 0), ("ignore-gfp-wait", "Y"),
                            ("task-filter", "N"), ("cache-filter", "N")):
            self.set(name, value)
        self.mark(0)


def failing(nth, function):
    """With the nth allocation of this thread failing, or copy to or from user space where the
    kernel can have these fail: the result, and whether one did fail."""
    silent = DEBUGFS + "fail_usercopy/verbose"
    if os.path.exists(silent):
        system.write(silent, 0)
    fd = os.open("/proc/thread-self/fail-nth", os.O_RDWR)
    try:
        os.write(fd, b"%d" % nth)
        try:
            result = function()
        except MemoryError:
            result = errno.ENOMEM
        except OSError as error:
            result = error.errno
        left = int(os.pread(fd, 20, 0))
        os.write(fd, b"0")
    finally:
        os.close(fd)
    return result, left


# All that may fail, as a change of parameters is made by a task.
ALL = {"interval": 1, "times": 0, "waiting": True}
