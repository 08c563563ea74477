# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""One attack on one server: what a client waits for, what is held and what is left."""

import contextlib
import glob
import os
import re
import resource
import socket
import time
import typing

import kernel_log
import khttpd
from folder import content
from http_client import Client as Reader
from http_client import request_to
from system import setting, write

from attacks import client, flood, site
from attacks.attacker import Attacker

# Seconds for an attack to reach its height and be measured.
LIMIT = 30
# Bytes left that are not worth another look.
LITTLE = 2 << 20
# Half-open connections are given up after one more SYN-ACK; sockets of clients that have ended are
# not what a server holds.
SETTINGS = {"/proc/sys/net/ipv4/tcp_synack_retries": 1,
            "/proc/sys/net/ipv4/tcp_max_tw_buckets": 256}


class Row(typing.NamedTuple):
    attack: str
    server: str
    waits: client.Waits
    # Connections at its height.
    connections: int
    # Bytes, or None.
    held: typing.Optional[int]
    left: typing.Optional[int]
    wrong: list


@contextlib.contextmanager
def machine(network):
    """Set up for attacks; `network` if one comes over it."""
    with contextlib.ExitStack() as stack:
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        for path, value in SETTINGS.items():
            stack.enter_context(setting(path, value))
        if network:
            stack.enter_context(flood.Net())
        yield


def shrink_slabs():
    """Each waits for a worker of the kernel's, which is not to be had while listings are made."""
    for path in glob.glob("/sys/kernel/slab/*/shrink"):
        with contextlib.suppress(OSError):
            write(path, 1)


def free_memory(calm=True):
    """MemFree and free pages that CPUs keep, caches dropped; slabs shrunk where it is calm."""
    os.sync()
    write("/proc/sys/vm/drop_caches", 3)
    if calm:
        shrink_slabs()
    time.sleep(0.5)
    with open("/proc/meminfo", encoding="ascii") as file:
        free = int(re.search(r"^MemFree: +(\d+) kB", file.read(), re.MULTILINE)[1]) << 10
    with open("/proc/zoneinfo", encoding="ascii") as file:
        kept = re.findall(r"cpu: \d+\s+count: +(\d+)", file.read())
    return free + sum(map(int, kept)) * os.sysconf("SC_PAGE_SIZE")


def counted(name):
    """By the kernel's TCP, under the name; 0 without one."""
    with open("/proc/net/netstat", encoding="ascii") as file:
        lines = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(*lines)).get(name, 0)) if name else 0


def is_full_service(port):
    """A large file, a listing and a page, each on a connection of its own."""
    for _ in range(10):
        client.ask_new(port)
    with socket.create_connection(("127.0.0.1", port), timeout=client.LONGEST) as sock:
        reader = Reader.__new__(Reader)
        reader.sock, reader.buffer = sock, b""
        reply = reader.get(request_to(site.file_named(0)))
        assert reply.status == 200 and reply.body == content(site.SIZE), reply
        assert reader.get(request_to(site.cold_named(1))).status == 200
    return True


def service_again(port):
    try:
        return is_full_service(port)
    except (OSError, EOFError):
        return False


def what_is_wrong(server, attacker_lived, reader):
    """After the attack, its process gone."""
    if not attacker_lived:
        yield "the attacker has ended by itself"
    if not khttpd.wait_for(lambda: server.active() == 0, 30):
        yield f"{server.active()} connections are left"
    if not khttpd.wait_for(lambda: service_again(server.port), 15):
        yield "no full service"
    if not khttpd.wait_for(lambda: server.active() == 0 and not server.held(), 30):
        yield f"{server.active()} connections, {server.held()} are left"
    yield from kernel_log.reports_in("\n".join(reader.lines()))


def what_is_left(before):
    """The least of some looks: packets and sockets are freed some time after their end."""
    left = before - free_memory()
    for _ in range(5):
        if left <= LITTLE:
            break
        time.sleep(2)
        left = min(left, before - free_memory())
    return left


def measured(attack, server, count, seconds, reader, memory):
    before = free_memory() if memory else None
    count_before = counted(attack.counter)
    site.warm()
    one = client.Client(server.port, attack.admits)
    with Attacker(attack, server.port, count) as attacker:
        one.measure(seconds, LIMIT, attacker.at_its_height)
        reached = attacker.at_its_height()
        connections = server.active()
        held = before - free_memory(calm=False) if memory else None
        attacker.go_on()
        one.measure(seconds / 2, LIMIT, lambda: True)
        lived = attacker.alive()
    one.close()
    wrong = list(what_is_wrong(server, lived, reader))
    if not reached:
        wrong.append("the attack was not at its height in time")
    if attack.counter and counted(attack.counter) - count_before < flood.BEYOND:
        wrong.append(f"{attack.counter} has hardly counted")
    left = what_is_left(before) if memory else None
    return Row(attack.name, server.name, one.waits(), connections, held, left, wrong)


def run(attack, server, count, seconds, memory=True):
    """The server is started for it and ended after it; looks at `memory` take some time."""
    reader = kernel_log.Reader()
    try:
        with contextlib.ExitStack() as stack:
            for path, value in attack.settings.items():
                stack.enter_context(setting(path, value))
            stack.enter_context(server.running())
            assert is_full_service(server.port)
            return measured(attack, server, count, seconds, reader, memory)
    finally:
        reader.close()
