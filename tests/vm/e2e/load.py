# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Clients of every kind, each reply of which is compared byte for byte."""

import collections
import functools
import gzip
import os
import random
import re
import socket
import threading
import time

from folder import content
from http_client import Client, get, request_to
from signs import ABSENT, BROKEN, OVER

ROOT = "/tmp/mixed"
SIZES = (0, 1, 100, 2008, 5000, 70000, 300000, 1 << 20, 3 << 20)
SMALL = SIZES[:6]
OFTEN = SIZES + 3 * SMALL
NEIGHBOURS = (5000, 70000)
LISTED = [f"name-{number}" for number in range(40)]
VERSION = 16  # bytes at the beginning of the file that changes: which it is
CHANGING = 200000
ROUTES = "/up 200 text/plain 'up'"


def version_of(number):
    return (b"%0*d" % (VERSION, number) + content(CHANGING, number))[:CHANGING]


@functools.lru_cache(maxsize=None)
def bodies():
    """What is to be in the files, and in those that are compressed, by name."""
    packed = {}
    for size in NEIGHBOURS:
        with open(f"{ROOT}/{size}.bin.gz", "rb") as file:
            packed[f"{size}.bin"] = file.read()
    return {f"{size}.bin": content(size) for size in SIZES}, packed


class LoadClient(Client):
    """The clock may be set by hours while a reply is on its way: its Date is not looked at."""

    def __init__(self, **options):
        super().__init__(timeout=20, **options)

    @staticmethod
    def _check(reply):
        names = [name for name, _ in reply.fields]
        if reply.status >= 200:
            assert names.count("date") == 1, reply.fields


class Left(Exception):
    """The client has gone by itself, and will be another one."""


class Closing(Exception):
    """The server said that it closes."""


class Exchanges:
    """What a client does; each says what is wrong by an AssertionError."""

    def __init__(self, signs):
        self.signs = signs
        self.absent = self.broken = 0
        self.replies = self.bytes = 0
        self.bodies, self.packed = bodies()
        self.listing = None

    def begin(self):
        self.absent = self.signs.read(ABSENT)
        self.broken = self.signs.read(BROKEN)

    def refused(self, reply):
        """Whether it is no content where that is to be expected."""
        if reply.status == 503 and self.signs.was_up(BROKEN, self.broken):
            return True
        return reply.status in (403, 404) and self.signs.was_up(ABSENT, self.absent)

    def check(self, reply, body, statuses=(200,)):
        """The reply has this status and this body; goes on, or says that the server closes."""
        self.replies += 1
        self.bytes += len(reply.body)
        if not self.refused(reply):
            assert reply.status in statuses, (reply, statuses)
            assert body is None or reply.body == body, \
                f"WRONG BYTES: {len(reply.body)} of {len(body)}: {reply.body[:40]!r}"
        if reply.closes:
            raise Closing

    @staticmethod
    def any_of(sizes):
        return f"{random.choice(sizes)}.bin"

    def kept_alive(self, client):
        for _ in range(random.randrange(1, 12)):
            name = self.any_of(OFTEN)
            self.check(get(client, "/" + name), self.bodies[name])

    def pipelined(self, client):
        names = [self.any_of(SMALL) for _ in range(30)]
        client.send(b"".join(request_to("/" + name) for name in names))
        for name in names:
            self.check(client.reply(), self.bodies[name])

    def closed(self, client):
        name = self.any_of(OFTEN)
        version = random.choice(("1.0", "1.1"))
        fields = ["Connection: close"] if version == "1.1" else []
        reply = client.get(request_to("/" + name, *fields, version=version))
        try:
            self.check(reply, self.bodies[name])
        except Closing:
            pass
        assert client.closed(), "more than the reply"
        raise Left

    def ranges(self, client):
        name = self.any_of(SIZES[4:])
        body = self.bodies[name]
        first = random.randrange(len(body))
        last = random.randrange(first, len(body))
        self.check(get(client, "/" + name, f"Range: bytes={first}-{last}"),
                   body[first:last + 1], (206,))
        self.check(get(client, "/" + name, "Range: bytes=-77"), body[-77:], (206,))
        self.check(get(client, "/" + name, f"Range: bytes={len(body)}-"), None, (416,))
        self.parts(client, name, [(0, 99), (200, 220), (first // 2 + 300, first // 2 + 400)])

    def parts(self, client, name, wanted):
        reply = get(client, "/" + name, "Range: bytes=" + ",".join(f"{a}-{b}" for a, b in wanted))
        kind = re.match(r"multipart/byteranges; *boundary=\"?([^\"]+)", reply.field("content-type")
                        or "")
        self.check(reply, None, (206,))
        if reply.status != 206:
            return
        assert kind, f"WRONG: ranges came as {reply.field('content-type')}"
        parts = reply.body.split(b"--" + kind[1].encode())[1:-1]
        assert len(parts) == len(wanted), f"WRONG: {len(parts)} parts"
        for part, (first, last) in zip(parts, wanted):
            head, _, data = part.partition(b"\r\n\r\n")
            assert f"bytes {first}-{last}/".encode() in head, f"WRONG: a part has {head}"
            assert data[:-2] == self.bodies[name][first:last + 1], "WRONG BYTES: a part"

    def conditions(self, client):
        name = self.any_of(OFTEN)
        first = get(client, "/" + name)
        self.check(first, self.bodies[name])
        if first.status != 200:
            return
        for field in (f"If-None-Match: {first.field('etag')}",
                      f"If-Modified-Since: {first.field('last-modified')}"):
            again = get(client, "/" + name, field)
            self.check(again, b"" if again.status == 304 else self.bodies[name], (200, 304))
        if len(self.bodies[name]) > 100:
            part = get(client, "/" + name, "Range: bytes=3-90", f"If-Range: {first.field('etag')}")
            body = self.bodies[name]
            self.check(part, body[3:91] if part.status == 206 else body, (200, 206))

    def compressed(self, client):
        name = self.any_of(NEIGHBOURS)
        reply = get(client, "/" + name, "Accept-Encoding: br, gzip")
        packed = reply.field("content-encoding") == "gzip"
        self.check(reply, self.packed[name] if packed else self.bodies[name])

    def listed(self, client):
        reply = get(client, "/listed/")
        if not self.refused(reply):
            self.listing = self.listing or reply.body
            assert all(name.encode() in reply.body for name in LISTED), reply
        self.check(reply, self.listing)

    def changing(self, client):
        reply = get(client, "/changing.bin")
        body = None
        if reply.status == 200:
            body = version_of(int(reply.body[:VERSION]))
        self.check(reply, body)

    def routed(self, client):
        self.check(get(client, "/up"), b"up")

    def discarded(self, client):
        chunks = b"5\r\nhello\r\n" * random.randrange(2000)
        client.send(request_to("/none", "Transfer-Encoding: chunked", method="POST") + chunks
                    + b"0\r\n\r\n")
        self.check(client.reply(), None, (404, 405))
        client.send(request_to("/none", "Content-Length: 200000", method="POST") + bytes(200000))
        self.check(client.reply(), None, (404, 405))

    def mistaken(self, client):
        reply = get(client, "/none")
        self.check(reply, b"404 Not Found\n", (404,))
        self.check(get(client, "/" + "x" * 9000), None, (414,))
        raise Left

    def malformed(self, client):
        reply = client.get(b"GET /\x01 HTTP/1.1\r\nHost: t\r\n\r\n")
        assert reply.status == 400 and reply.closes, reply
        raise Left

    def reset(self, client):
        """In the middle of a head, a body or a reply."""
        where = random.choice(("head", "body", "reply"))
        if where == "head":
            client.send(request_to("/100.bin")[:10])
        elif where == "body":
            client.send(request_to("/", "Content-Length: 500000", method="POST") + bytes(1000))
        else:
            client.send(request_to(f"/{SIZES[-1]}.bin") * 2)
            client.sock.recv(random.randrange(1, 100000))
        client.reset()
        raise Left

    def slow(self, client):
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        client.send(request_to("/300000.bin"))
        for _ in range(20):
            client.buffer += client.sock.recv(3000)
            time.sleep(0.05)
        self.check(client.reply(), self.bodies["300000.bin"])


KINDS = ("kept_alive", "pipelined", "closed", "ranges", "conditions", "compressed", "listed",
         "changing", "routed", "discarded", "mistaken", "malformed", "reset", "slow")


def kind_of(error):
    """A name for how a connection ended."""
    if isinstance(error, (TimeoutError, socket.timeout)):
        return "silent"
    return {"ConnectionRefusedError": "refused", "ConnectionResetError": "reset",
            "BrokenPipeError": "reset", "EOFError": "cut"}.get(type(error).__name__,
                                                              type(error).__name__)


class Load:
    """Some clients at once, until they are told that it is over; counts how it went."""

    def __init__(self, signs):
        self.signs = signs
        self.counts = collections.Counter()
        self.wrong = []

    def end(self, exchanges, kind, error):
        """A connection that was not to end is lost; one that was in trouble is counted."""
        how = kind_of(error)
        if self.signs.was_up(BROKEN, exchanges.broken):
            self.counts[f"expected: {how}"] += 1
            time.sleep(0.05)
        else:
            self.counts[f"lost: {how}"] += 1
            self.wrong.append(f"{time.monotonic():.1f} {kind}: lost: {error!r:.200}")

    def once(self, exchanges, kind, client):
        exchanges.begin()
        try:
            getattr(exchanges, kind)(client)
        except Closing:
            raise
        except AssertionError as error:
            self.counts["wrong"] += 1
            self.wrong.append(f"{time.monotonic():.1f} {kind}: {error!s:.300}")
            raise Left from error
        finally:
            self.counts[kind] += 1

    def connection(self, exchanges):
        """One connection, with what it is good for."""
        exchanges.begin()
        kind = "connect"
        address = random.choice(("127.0.0.1", "::1"))
        began = exchanges.broken
        try:
            with LoadClient(address=address) as client:
                for _ in range(random.randrange(1, 8)):
                    kind = random.choice(KINDS)
                    self.once(exchanges, kind, client)
        except (Left, Closing):
            pass
        except (OSError, EOFError) as error:
            exchanges.broken = began
            self.end(exchanges, kind, error)

    def work(self, exchanges):
        try:
            while not self.signs.up(OVER):
                self.connection(exchanges)
        except Exception as error:  # a mistake here must not look like a quiet client
            self.wrong.append(f"the test itself: {error!r}")
            raise

    def run(self, threads):
        random.seed()
        clients = [Exchanges(self.signs) for _ in range(threads)]
        workers = [threading.Thread(target=self.work, args=(client,)) for client in clients]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        self.counts["replies"] = sum(client.replies for client in clients)
        self.counts["bytes compared"] = sum(client.bytes for client in clients)
        return {"counts": self.counts, "wrong": self.wrong}


def make_site(folder):
    """The files that are asked for."""
    for size in SIZES:
        folder.write(f"{size}.bin", content(size), age=120)
    for size in NEIGHBOURS:
        folder.write(f"{size}.bin.gz", gzip.compress(content(size), 1), age=60)
    for name in LISTED:
        folder.write(f"listed/{name}", name.encode())
    folder.write("changing.bin", version_of(0))
    if not os.path.islink(ROOT + "-link"):
        os.symlink(ROOT, ROOT + "-link")
