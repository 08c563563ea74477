# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Memory that is not there: allocations made to fail."""

import errno
import os
import time

import pytest

import khttpd
from http_client import GET, PAGE, request

pytestmark = pytest.mark.debug

DEBUGFS = "/sys/kernel/debug/"


class Faults:
    """Fails one allocation in `interval`; with `waiting` those of tasks too, not softirqs alone."""

    def __init__(self, kind, interval, times, waiting):
        self.folder = DEBUGFS + kind + "/"
        # Off until the last line, or setting it up would fail by itself.
        self.values = [("times", 0), ("ignore-gfp-wait", "N" if waiting else "Y"), ("space", 0),
                       ("verbose", 0), ("min-order", 0), ("interval", interval),
                       ("probability", 100), ("times", times)]

    def set(self, name, value):
        if os.path.exists(self.folder + name):
            with open(self.folder + name, "w", encoding="ascii") as file:
                file.write(str(value))

    def __enter__(self):
        for name, value in self.values:
            self.set(name, value)

    def __exit__(self, *_):
        for name, value in (("times", 0), ("probability", 0), ("ignore-gfp-wait", "Y")):
            self.set(name, value)


def failing(nth, function):
    """With the nth allocation of this thread failing: the result, and whether one did fail."""
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
    return result, left == 0


# All that may fail, as a change of parameters is made by a task.
ALL = {"interval": 1, "times": 0, "waiting": True}


@pytest.mark.changes
def test_apply(server):
    """A change of parameters fails at one allocation after the other: the old ones serve on."""
    failures = 0
    deadline = time.monotonic() + 60
    with Faults("failslab", **ALL), Faults("fail_page_alloc", **ALL):
        for nth in range(1, 400):
            error, reached = failing(nth, lambda: khttpd.apply(
                port=8090 + nth % 2, routes=f"/{nth} 204"))
            failures += bool(error)
            assert request(GET, port=khttpd.status()["port"]).body == PAGE, nth
            if not reached or time.monotonic() > deadline:
                break
    print(f"{failures} changes failed, up to allocation {nth}")
    assert failures > 0
