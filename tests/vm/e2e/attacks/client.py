# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A client that does nothing wrong: what it waits for on a kept connection, and on new ones."""

import contextlib
import socket
import time
import typing

from http_client import GET, PAGE

LONGEST = 10
# One of so many requests is on a connection of its own.
NEW_EACH = 5
AT_LEAST = 50


class Waits(typing.NamedTuple):
    """Microseconds, sorted; and how many requests had no answer."""
    kept: list
    new: list
    lost: int

    @staticmethod
    def at(values, part):
        return values[min(len(values) - 1, int(len(values) * part))] if values else None


def ask(sock):
    sock.sendall(GET)
    data = b""
    while not data.endswith(PAGE):
        part = sock.recv(4096)
        if not part:
            raise ConnectionResetError("closed instead of a reply")
        data += part
    if not data.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(repr(data[:60]))


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=LONGEST)


def ask_new(port):
    with connect(port) as sock:
        ask(sock)


class Client:
    """Asks every 2 ms, one request at a time."""

    def __init__(self, port, admitted):
        self.port, self.admitted = port, admitted
        self.sock = connect(port)
        self.kept, self.new, self.lost = [], [], 0

    def timed(self, found, action, *arguments):
        start = time.perf_counter_ns()
        good = True
        try:
            action(*arguments)
        except OSError:
            self.lost += 1
            good = False
        found.append((time.perf_counter_ns() - start) / 1000)
        return good

    def once(self):
        if not self.timed(self.kept, ask, self.sock):
            self.sock.close()
            with contextlib.suppress(OSError):
                self.sock = connect(self.port)
        if self.admitted and len(self.kept) % NEW_EACH == 0:
            self.timed(self.new, ask_new, self.port)

    def measure(self, seconds, limit, height):
        """For so long, and until height() is true; not beyond the limit."""
        begin = time.monotonic()
        while True:
            self.once()
            took = time.monotonic() - begin
            enough = took > seconds and height() and len(self.kept) >= AT_LEAST
            if enough or took > limit:
                break
            time.sleep(0.002)

    def waits(self):
        return Waits(sorted(self.kept), sorted(self.new), self.lost)

    def close(self):
        self.sock.close()
