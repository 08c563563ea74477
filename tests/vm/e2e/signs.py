# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Signs that one process puts up and others see: what is to be expected of the server just now."""

import contextlib
import mmap
import struct

# Connections may be refused or end, and replies say 503; files may not be found; the end is near.
BROKEN, ABSENT, OVER = range(3)
WORD = struct.Struct("Q")


class Signs:
    """Shared with the processes that are forked after it is made. One process alone writes."""

    def __init__(self):
        self._memory = mmap.mmap(-1, 4096)

    def read(self, sign):
        """Odd while it is up; each time that it was up makes it another value."""
        return WORD.unpack_from(self._memory, sign * WORD.size)[0]

    def _step(self, sign):
        WORD.pack_into(self._memory, sign * WORD.size, self.read(sign) + 1)

    def up(self, sign):
        return self.read(sign) % 2 == 1

    def put_up(self, sign):
        if not self.up(sign):
            self._step(sign)

    def take_down(self, sign):
        if self.up(sign):
            self._step(sign)

    @contextlib.contextmanager
    def during(self, sign):
        self.put_up(sign)
        try:
            yield
        finally:
            self.take_down(sign)

    def was_up(self, sign, since):
        """Whether it was at any time since it was read, or is."""
        return since % 2 == 1 or self.read(sign) != since
