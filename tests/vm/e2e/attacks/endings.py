# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Connections that end: as soon as they are made, many at once, and by RST in every state."""

import contextlib
import socket

from http_client import GET, request_to

from attacks.peers import Options, connect, reset, rest
from attacks.site import file_named

POST = b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n"
SMALL = Options(receive_buffer=4096)
# The limit for one address stays in force: so many come from each.
EACH = 7500


def churn(port, count, ready):
    """A connection for each request, again and again; `count` of them before it counts."""
    number = 0
    while True:
        with contextlib.suppress(OSError), connect(port) as sock:
            sock.sendall(GET)
            sock.recv(4096)
        number += 1
        if number == count:
            ready()


def many(port, count, ready):
    """All open at once, then dropped at once, one half of them by RST."""
    held = []
    for number in range(count):
        with contextlib.suppress(OSError):
            held.append(connect(port, source=f"127.0.1.{1 + number // EACH}"))
    ready()
    ready.wait_until_measured()
    for number, sock in enumerate(held):
        if number % 2:
            reset(sock)
        else:
            sock.close()
    rest()


def at_once(sock):
    """Before it is accepted, mostly."""


def in_a_head(sock):
    sock.sendall(GET[:20])


def in_a_body(sock):
    sock.sendall(POST + b"x" * 5000)


def before_the_reply(sock):
    sock.sendall(request_to(file_named(0)))


def in_the_reply(sock):
    sock.sendall(request_to(file_named(1)))
    sock.recv(1000)


def in_a_listing(sock):
    sock.sendall(request_to("/list/"))
    sock.recv(1000)


def in_a_pipeline(sock):
    sock.sendall(GET * 50)
    sock.recv(100)


def after_the_reply(sock):
    sock.sendall(GET)
    sock.recv(4096)


def after_the_end(sock):
    """It has said that it sends no more, and the reply is on its way."""
    sock.sendall(request_to(file_named(2)))
    sock.shutdown(socket.SHUT_WR)


def after_a_refusal(sock):
    """The server has closed its side and waits for ours."""
    sock.sendall(b"bad\r\n\r\n" + b"x" * 5000)
    sock.recv(100)


STATES = [at_once, in_a_head, in_a_body, before_the_reply, in_the_reply, in_a_listing,
          in_a_pipeline, after_the_reply, after_the_end, after_a_refusal]


def resets(port, count, ready):
    """RST in each of the states in turn, for ever; `count` rounds before it counts."""
    turn = 0
    while True:
        for state in STATES:
            with contextlib.suppress(OSError):
                sock = connect(port, SMALL)
                try:
                    state(sock)
                finally:
                    reset(sock)
        turn += 1
        if turn == count:
            ready()
