# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The kernel's own memory: what neither processes nor the page cache hold, and who has it."""

import os
import re
import time

import khttpd
from system import write

PAGE = os.sysconf("SC_PAGE_SIZE")
# Of what is in pages, and not in slabs.
NAMED = ("PageTables", "KernelStack", "VmallocUsed", "Percpu")
# Connections that are over wait there for a minute, and are the kernel's.
WAITING = ("tw_sock_TCP", "tw_sock_TCPv6", "tcp_bind_bucket", "tcp_bind2_bucket")


def _slabs():
    """Of each cache: objects in use, their size, bytes of its pages."""
    found = {}
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in list(file)[2:]:
            words = line.split()
            found[words[0]] = (int(words[1]), int(words[3]), int(words[14]) * int(words[5]) * PAGE)
    return found


def _give_back():
    """What CPUs and caches keep without need: it would be counted as in use."""
    write("/proc/sys/vm/drop_caches", 3)
    time.sleep(khttpd.scaled(0.2))  # for RCU
    for name in os.listdir("/sys/kernel/slab"):
        path = f"/sys/kernel/slab/{name}/shrink"
        if os.path.exists(path):
            write(path, 1)
    if os.path.exists("/proc/sys/vm/stat_refresh"):
        write("/proc/sys/vm/stat_refresh", 1)


def meminfo():
    with open("/proc/meminfo", encoding="ascii") as file:
        return {line.split(":")[0]: int(line.split()[1]) << 10 for line in file}


def _kept_free():
    """Bytes of free pages that each CPU keeps, which MemFree leaves out."""
    with open("/proc/zoneinfo", encoding="ascii") as file:
        return sum(map(int, re.findall(r"^ +count: +(\d+)$", file.read(), re.MULTILINE))) * PAGE


class Sample:
    """Taken while nothing is under way. Bytes."""

    def __init__(self):
        _give_back()
        slabs = _slabs()
        values = meminfo()
        waiting = sum(slabs[name][2] for name in WAITING if name in slabs)
        # AnonPages: of processes, this one's too. Cached has the files of the page cache.
        self.kernel = values["MemTotal"] - values["MemFree"] - _kept_free() - values["Buffers"] \
            - values["Cached"] - values["AnonPages"] - values.get("SwapCached", 0) - waiting
        self.pages = self.kernel - (values["Slab"] - waiting)
        self.objects = {name: number * size for name, (number, size, _) in slabs.items()
                        if name not in WAITING}
        self.in_objects = sum(self.objects.values())
        self.named = {name: values.get(name, 0) for name in NAMED}
        self.own = sum(value for name, value in self.objects.items() if name.startswith("khttpd"))

    def grown(self, before, count=6):
        """What is more than before, the most first: caches and kinds of pages."""
        then = {**before.objects, **before.named}
        more = {name: value - then.get(name, 0)
                for name, value in {**self.objects, **self.named}.items()}
        return [f"{name} {value >> 10:+d}" for name, value in
                sorted(more.items(), key=lambda item: -item[1])[:count] if value > 4096]


def slope(values):
    """Of the straight line that fits them best, in their unit a step."""
    middle = (len(values) - 1) / 2
    squares = sum((at - middle) ** 2 for at in range(len(values)))
    return sum((at - middle) * value for at, value in enumerate(values)) / (squares or 1)
