# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Asks a server one request after the other, from outside its machine, and takes the time."""

import contextlib
import http.client
import time
import typing

GIVE_UP = 5.0  # seconds
# So many unanswered in a row, and no more is asked of a server that need not answer.
HOPELESS = 3


class Target(typing.NamedTuple):
    """Who is asked for what; the port is the server's own, in the machine."""
    name: str
    port: int
    path: str
    promised: bool = True


def connect(port):
    """A connection that is not made anew behind our back when it is closed."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=GIVE_UP)
    connection.connect()
    connection.auto_open = False
    return connection


def ask(connection, path):
    """Sends one request and reads its whole reply; whether it was a good one."""
    connection.request("GET", path)
    reply = connection.getresponse()
    reply.read()
    return reply.status == 200


def _timed(action):
    """Seconds it took, or None when there was no good answer."""
    start = time.monotonic()
    try:
        good = action()
    except (OSError, http.client.HTTPException):
        good = False
    return time.monotonic() - start if good else None


class Asker:
    """Of one target, reached by a port here: times on new connections and on one that is kept."""

    def __init__(self, target, port):
        self.target = target
        self.port = port
        self.times = {"new": [], "kept": []}
        self.kept = connect(port)
        if not ask(self.kept, target.path):
            raise RuntimeError(f"{target.name} does not answer")

    def _ask_new(self):
        with contextlib.closing(connect(self.port)) as connection:
            return ask(connection, self.target.path)

    def _ask_kept(self):
        return ask(self.kept, self.target.path)

    def _once(self, kind, action):
        times = self.times[kind]
        if not self.target.promised and times[-HOPELESS:] == [None] * HOPELESS:
            return
        times.append(_timed(action))

    def measure(self, count):
        for _ in range(count):
            self._once("new", self._ask_new)
            self._once("kept", self._ask_kept)
            if self.times["kept"][-1] is None:
                with contextlib.suppress(OSError):
                    self.kept = connect(self.port)
            time.sleep(0.01)


class Figures(typing.NamedTuple):
    """Of times as an Asker has them; in milliseconds, None where nothing was answered."""
    asked: int
    answered: int
    in_time: int
    middle: typing.Optional[float]
    worst: typing.Optional[float]

    @classmethod
    def of(cls, times, limit):
        good = sorted(t * 1000 for t in times if t is not None)
        return cls(len(times), len(good), sum(t <= limit * 1000 for t in good),
                   good[len(good) // 2] if good else None, good[-1] if good else None)

    def all_in_time(self):
        return self.in_time == self.asked > 0
