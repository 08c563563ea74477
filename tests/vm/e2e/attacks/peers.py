# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Ways to use many connections at once: held, streamed to, or used a little at a time."""

import contextlib
import select
import socket
import struct
import time
import typing

PATIENCE = 60


class Options(typing.NamedTuple):
    """What a connection is made with; None leaves the kernel's own value."""
    receive_buffer: typing.Optional[int] = None
    segment: typing.Optional[int] = None


def connect(port, options=Options(), source=None):
    sock = socket.socket()
    try:
        if options.receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options.receive_buffer)
        if options.segment:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, options.segment)
        if source:
            # The port is chosen with the peer: as many for each source as there are.
            sock.setsockopt(socket.IPPROTO_IP, getattr(socket, "IP_BIND_ADDRESS_NO_PORT", 24), 1)
            sock.bind((source, 0))
        sock.settimeout(PATIENCE)
        sock.connect(("127.0.0.1", port))
    except OSError:
        sock.close()
        raise
    return sock


def connect_somehow(port, options):
    """As often as it takes."""
    while True:
        try:
            return connect(port, options)
        except OSError:
            time.sleep(0.1)


def reset(sock):
    """Closes with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def hold(port, count, ready, first, options=Options()):
    """Each of the connections sends first(number) once and reads nothing."""
    held = []
    for number in range(count):
        held.append(connect_somehow(port, options))
        with contextlib.suppress(OSError):
            held[-1].sendall(first(number))
    ready()
    return held


def rest():
    """Nothing more, until the process is ended."""
    while True:
        time.sleep(PATIENCE)


class _Streamer:
    """A connection that sends `block` again and again, and is made anew when it is closed."""

    def __init__(self, port, block, options):
        self.port, self.block, self.options = port, memoryview(block), options
        self.connect()

    def connect(self):
        self.sock = connect_somehow(self.port, self.options)
        self.sock.setblocking(False)
        self.left = self.block

    def send(self):
        self.left = self.left[self.sock.send(self.left):] or self.block


def stream(port, count, ready, block, reads=True, options=Options()):
    """Sends block(number) on all connections as fast as they take it, for ever."""
    poll = select.epoll()
    wanted = select.EPOLLOUT | (select.EPOLLIN if reads else 0)
    peers = {}

    def add(peer):
        peers[peer.sock.fileno()] = peer
        poll.register(peer.sock, wanted)
    for number in range(count):
        add(_Streamer(port, block(number), options))
    ready()
    while True:
        for fd, events in poll.poll():
            peer = peers[fd]
            try:
                if events & select.EPOLLIN and not peer.sock.recv(1 << 18):
                    raise ConnectionResetError
                if events & select.EPOLLOUT:
                    peer.send()
                elif events & (select.EPOLLERR | select.EPOLLHUP):
                    raise ConnectionResetError
            except BlockingIOError:
                continue
            except OSError:
                # Closed, as by a refusal; the number of the file is free for the next one.
                del peers[fd]
                peer.sock.close()
                peer.connect()
                add(peer)


def little_by_little(port, count, ready, first, step, pause, options=Options()):
    """step(socket, turn) on each connection, with pauses; who is closed comes anew."""
    socks = hold(port, count, lambda: None, first, options)
    ready()
    turn = 0
    while True:
        time.sleep(pause)
        for number, sock in enumerate(socks):
            try:
                step(sock, turn)
            except OSError:
                sock.close()
                socks[number] = connect_somehow(port, options)
                with contextlib.suppress(OSError):
                    socks[number].sendall(first(number))
        turn += 1
