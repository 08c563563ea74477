# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Sends each case and a marker behind it on a connection of its own, many at once, and tells what
came back: an outcome such as "200 200m" or "400 closes".

An outcome has the statuses of all replies in order; i follows that of a reply which has the
inner request's document, m one which has the marker's. Unless the last is the marker's, a word says
how it ended: closes, or waits (the server wants more of what it takes for one request). Instead of
a status there is 0.9 for bytes without a head.
"""

import heapq
import re
import select
import socket
import time

MARKER = b"GET /marker.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
AT_ONCE = 48
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9][0-9])[ \r]")
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n", re.IGNORECASE)
IN_CHUNKS = re.compile(rb"\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n", re.IGNORECASE)


def chunked(data):
    """The content, and what follows it."""
    content = b""
    while True:
        line, _, rest = data.partition(b"\r\n")
        try:
            size = int(line.partition(b";")[0], 16)
        except ValueError:
            return content, b""
        if not size:
            return content, rest.partition(b"\r\n")[2]
        content += rest[:size]
        data = rest[size + 2:]


def reply_in(data):
    """The first reply's status and document, and the bytes behind it."""
    match = STATUS.match(data)
    if not match:
        return b"0.9", data, b""
    head, end, rest = data.partition(b"\r\n\r\n")
    head += end
    # No document begins like a reply: where one does, the reply has no content (HEAD, 304).
    if match[1][:1] == b"1" or rest.startswith(b"HTTP/1."):
        return match[1], b"", rest
    if IN_CHUNKS.search(head):
        return match[1], *chunked(rest)
    length = LENGTH.search(head)
    size = int(length[1]) if length and match[1] not in (b"204", b"304") else \
        0 if match[1] in (b"204", b"304") else len(rest)
    return match[1], rest[:size], rest[size:]


def outcome_of(data, end):
    words = []
    while data:
        status, content, data = reply_in(data)
        words.append(status.decode() + ("m" if b"KHMARKER" in content else
                                        "i" if b"KHINNER" in content else ""))
    if not words or not words[-1].endswith("m"):
        words.append(end)
    return " ".join(words)


class Exchange:
    def __init__(self, number, port, data, poll):
        self.number = number
        self.unsent = data + MARKER
        self.received = b""
        self.last = time.monotonic()
        self.sock = socket.socket()
        self.sock.connect(("127.0.0.1", port))
        self.sock.setblocking(False)
        poll.register(self.sock, select.EPOLLIN | select.EPOLLOUT)

    def step(self, events, poll):
        """The end, once it is there."""
        if self.unsent and events & select.EPOLLOUT:
            try:
                self.unsent = self.unsent[self.sock.send(self.unsent):]
            except BlockingIOError:
                pass
            except OSError:
                self.unsent = b""
            if not self.unsent:
                poll.modify(self.sock, select.EPOLLIN)
        if events & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            try:
                data = self.sock.recv(1 << 18)
            except BlockingIOError:
                return None
            except OSError:
                return "closes"
            if not data:
                return "closes"
            self.received += data
            self.last = time.monotonic()
        return None


def send_all(port, inputs, quiet, at_once=AT_ONCE):
    """Outcomes of the inputs in order. What is silent for `quiet` seconds waits."""
    outcomes = [None] * len(inputs)
    poll = select.epoll()
    waiting = iter(range(len(inputs)))
    active, due, left = {}, [], len(inputs)

    def finish(exchange, end):
        poll.unregister(exchange.sock)
        del active[exchange.sock.fileno()]
        exchange.sock.close()
        outcomes[exchange.number] = outcome_of(exchange.received, end)

    while left or active:
        while left and len(active) < at_once:
            number = next(waiting)
            left -= 1
            exchange = Exchange(number, port, inputs[number], poll)
            active[exchange.sock.fileno()] = exchange
            heapq.heappush(due, (exchange.last + quiet, exchange.number, exchange))
        for descriptor, events in poll.poll(0.2):
            exchange = active[descriptor]
            end = exchange.step(events, poll)
            if end:
                finish(exchange, end)
        while due and due[0][0] < time.monotonic():
            _, number, exchange = heapq.heappop(due)
            if outcomes[number] is not None:
                continue
            if exchange.last + quiet < time.monotonic():
                finish(exchange, "waits")
            else:
                heapq.heappush(due, (exchange.last + quiet, number, exchange))
    poll.close()
    return outcomes


def outcomes(port, inputs, quiet):
    """What waited is asked once more with more patience, as the machine may only have been slow."""
    told = send_all(port, inputs, quiet)
    again = [number for number, outcome in enumerate(told) if outcome.endswith("waits")]
    for number, outcome in zip(again, send_all(port, [inputs[n] for n in again], 3 * quiet, 200)):
        told[number] = outcome
    return told
