# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The attacks: what each does on how many connections, and what it needs of the machine."""

import contextlib
import typing

import khttpd
from http_client import GET, request_to

from attacks import endings, flood
from attacks.peers import Options, connect, hold, little_by_little, rest, stream
from attacks.site import COLD, cold_named, file_named

POST = {"method": "POST"}
SMALL = Options(receive_buffer=4096)
CHUNKED = request_to("/", "Transfer-Encoding: chunked", **POST)
LAST = b"0\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: t\r\nCookie: " + b"x" * 3000
COOKIES = "/proc/sys/net/ipv4/tcp_syncookies"


class Attack(typing.NamedTuple):
    """run(port, count, ready) does it for ever; it calls ready() once it is at its height."""
    name: str
    run: typing.Callable
    # Connections, or how often it is done before it counts.
    count: int
    settings: typing.Dict[str, int] = {}
    # Whether a new connection can be made at all meanwhile.
    admits: bool = True
    # Whether it comes from a namespace of its own.
    network: bool = False
    # A counter of /proc/net/netstat that tells that it worked.
    counter: str = ""
    # What it wants at least, as to see time-outs: where nothing works the clock runs fast.
    seconds: float = 0

    def number(self, part):
        """For a short run; queues are filled in any."""
        return self.count if self.network else min(self.count, max(10, int(self.count * part)))


def held(first, options=SMALL):
    def run(port, count, ready):
        kept = hold(port, count, ready, first, options)
        rest()
        return kept
    return run


def streamed(block, **how):
    """`block` is bytes, or made of the connection's number."""
    def run(port, count, ready):
        stream(port, count, ready, block if callable(block) else lambda _: block, **how)
    return run


def byte_a_second(port, count, ready):
    head = request_to("/", "Cookie: " + "x" * 3000)
    little_by_little(port, count, ready, lambda number: head[:1],
                     lambda sock, turn: sock.sendall(head[1 + turn:2 + turn]), 1)


def slow_readers(port, count, ready):
    little_by_little(port, count, ready, lambda number: request_to(file_named(number)),
                     lambda sock, turn: sock.recv(512), 0.2, SMALL)


def pinned(number):
    return b"".join(request_to(file_named(number + more), "Range: bytes=0-0")
                    for more in (0, 50, 100, 150))


def listed_ranges(number):
    parts = ",".join(f"{first}-{first}" for first in range(0, 1000, 2))
    return request_to(file_named(number), "Range: bytes=" + parts) * 4


def headers_beyond(_):
    """One field more than is taken: each is refused, and the next connection begins."""
    return request_to("/", *(f"X{number}: 1" for number in range(2000)))


def cold_files(port, count, ready):
    """Each of the files once, by as many connections as answer."""
    socks = [connect(port) for _ in range(16)]
    for first in range(0, count, len(socks)):
        for number, sock in enumerate(socks[:count - first]):
            with contextlib.suppress(OSError):
                sock.sendall(request_to(cold_named(first + number)))
        for sock in socks[:count - first]:
            with contextlib.suppress(OSError):
                read_reply(sock)
    ready()
    rest()


# Hosts and paths that have as many places to look for as there can be, and none is there.
WIDE = "".join(f"[site *.{'a.' * (number % 100)}{number}.example]\n"
               + "".join(f"[location /{'a/' * (number % 50)}{other}/]\n" for other in range(10))
               for number in range(400))
NOWHERE = ("GET " + "/a" * 1900 + " HTTP/1.1\r\nHost: " + "a." * 122 + "0.example\r\n\r\n").encode()


def many_places(port, count, ready):
    if port == khttpd.PORT:
        assert khttpd.commit(khttpd.in_force() + WIDE) == (0, "")
    stream(port, count, ready, lambda _: NOWHERE * 10)


def read_reply(sock):
    """As far as its length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += more(sock)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    left = length - len(body)
    while left > 0:
        left -= len(more(sock))


def more(sock):
    part = sock.recv(1 << 18)
    if not part:
        raise ConnectionResetError
    return part


def attacks(site):
    keys = b"".join(map(request_to, site.targets))
    return [
        Attack("nothing", held(lambda _: b""), 0),
        Attack("half heads", held(lambda _: HALF), 800, seconds=6),
        Attack("one byte a second", byte_a_second, 800, seconds=12),
        Attack("big heads", streamed(request_to("/", *(f"X{n}: " + f"{n:099}" for n in range(90)))
                                     * 7), 100),
        Attack("header bombs", streamed(headers_beyond), 100),
        Attack("tiny chunks", streamed(CHUNKED + b"1\r\nx\r\n" * 10000 + LAST), 100),
        Attack("chunk extensions", streamed(CHUNKED + (b"1;" + b"a=b;" * 200 + b"c\r\nx\r\n") * 100
                                            + LAST), 100),
        Attack("pipelines never read", streamed(GET * 2000, reads=False, options=SMALL), 400),
        Attack("pipelines", streamed(GET * 2000), 100),
        Attack("slow readers of files", slow_readers, 800, seconds=6),
        Attack("files never read, zero windows",
               held(lambda number: request_to(file_named(number)) * 2), 800),
        Attack("pinned ranges", held(pinned), 800),
        Attack("range lists", streamed(listed_ranges), 50),
        Attack("tiny segments", streamed(lambda number: request_to(file_named(number)),
                                         options=Options(segment=88)), 50),
        Attack("listings", streamed(request_to("/list/")), 20),
        Attack("listings never read", held(lambda _: request_to("/list/")), 400),
        Attack("cold files", cold_files, COLD),
        Attack("aimed cache keys", streamed(keys), 20),
        Attack("hosts and paths of many parts", many_places, 50),
        Attack("connection churn", endings.churn, 2000),
        Attack("50,000 connections dropped", endings.many, 50000),
        Attack("RST in every state", endings.resets, 100),
        Attack("half-open flood, SYN cookies", flood.syns, flood.FULL, {COOKIES: 1}, network=True,
               counter="TCPReqQFullDoCookies"),
        Attack("half-open flood, no cookies", flood.syns, flood.FULL, {COOKIES: 0}, admits=False,
               network=True, counter="TCPReqQFullDrop"),
    ]
