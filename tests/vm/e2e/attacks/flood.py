# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""SYNs from addresses that nobody has, sent from a network namespace: each leaves one half open."""

import os
import socket
import struct

import network

# Of the senders; the server's answers to them go to the namespace, which drops them.
SOURCES = "10.64.0.0/10"
FIRST_SOURCE = (10 << 24) | (64 << 16)
HEAD = struct.Struct("!BBHHHBBHII")
SEGMENT = struct.Struct("!HHIIBBHHH")
OPTIONS = struct.pack("!BBHBBBB", 2, 4, 1460, 1, 3, 3, 7)
SYN = 2
# khttpd lets 4096 wait at each listener, of which it has one a CPU.
FULL = 6000 * os.cpu_count()
# SYNs that found no place, at least, in a flood that was one.
BEYOND = 1000


def ones_sum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def segments(port):
    """Packets for ever, each from another address and port."""
    server = struct.unpack("!I", socket.inet_aton(network.SERVER))[0]
    length = SEGMENT.size + len(OPTIONS)
    number = 0
    while True:
        source = FIRST_SOURCE + number % (1 << 22)
        here = 1024 + number * 7 % 60000
        number += 1
        ip = HEAD.pack(0x45, 0, HEAD.size + length, number & 0xffff, 0, 64, socket.IPPROTO_TCP, 0,
                       source, server)
        tcp = [here, port, number * 2654435761 & 0xffffffff, 0, length // 4 << 4, SYN, 65535, 0, 0]
        pseudo = struct.pack("!IIHH", source, server, socket.IPPROTO_TCP, length)
        tcp[7] = ~ones_sum(pseudo + SEGMENT.pack(*tcp) + OPTIONS) & 0xffff
        yield ip + SEGMENT.pack(*tcp) + OPTIONS


def syns(port, count, ready):
    """Without an end; `count` of them before it is said that the queue is full."""
    with network.inside(NAMESPACE), \
            socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        for number, segment in enumerate(segments(port)):
            try:
                sock.sendto(segment, (network.SERVER, 0))
            except OSError:
                continue
            if number == count:
                ready()


NAMESPACE = "kh-flood"


class Net:
    """The namespace that floods come from, and the way back to it; both go with the context."""

    def __enter__(self):
        self.machine = network.Machine(NAMESPACE)
        network.run("ip", "route", "add", SOURCES, "via", network.CLIENT)
        return self

    def __exit__(self, *_):
        # The route goes with its device.
        self.machine.remove()
