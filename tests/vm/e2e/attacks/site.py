# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The files that are asked for, on the machine's disk, so that references to their pages count."""

import os
import urllib.parse

import collisions
from folder import Folder, content

ROOT = "/srv/attack"
FILES, SIZE = 200, 1 << 20
COLD_SIZE = 16384
# Smaller in a short run.
LISTED, COLD, AIMED = 5000, 3000, 1000


def file_named(number):
    return f"/big/{number % FILES}.bin"


def cold_named(number):
    return f"/cold/{number}.bin"


def warm():
    """The kernel has all but cold files in memory: while a disk is waited for nothing works, and
    the clock of instructions runs away."""
    for place, _, names in os.walk(ROOT):
        if os.path.basename(place) == "cold":
            continue
        for name in names:
            with open(os.path.join(place, name), "rb") as file:
                while file.read(1 << 18):
                    pass


class Site(Folder):
    """`part` of the large numbers."""

    def __init__(self, part):
        super().__init__(ROOT)
        self.listed, self.cold, self.aimed = (max(100, int(number * part))
                                              for number in (LISTED, COLD, AIMED))
        self.targets = []

    def __enter__(self):
        super().__enter__()
        for number in range(FILES):
            self.write(file_named(number)[1:], content(SIZE))
        for number in range(self.cold):
            self.write(cold_named(number)[1:], content(COLD_SIZE))
        for number in range(self.listed):
            self.write(f"list/a name of some length {number}.txt", b"")
        for name in collisions.colliding("/keys", self.aimed):
            self.write(os.fsdecode(b"keys/" + name), b"")
            self.targets.append("/keys/" + urllib.parse.quote(name))
        os.sync()
        self.settle()
        return self
