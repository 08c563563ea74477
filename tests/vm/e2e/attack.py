# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
What one client waits for while others keep the server busy, and how long a run takes at most.

By the clock of instructions, where a microsecond is a thousand of them, on one processor:
    KH_ACCEL=icount tests/vm/run --cpus 1 --command 'cd e2e && python3 attack.py'
The attackers have the least of the scheduler's priorities and the client the highest, so that what
it waits for is the server.
"""

import os
import re
import resource
import select
import socket
import sys
import time

import khttpd
from http_client import GET, PAGE, request_to
from system import write

ATTACKERS = 100
SECONDS = 1
TRACING = "/sys/kernel/tracing/"
POST = {"method": "POST"}
# The beginning of what an attacker sends, then what it sends again and again.
KINDS = {
    "nothing": None,
    "chunks of a byte": (request_to("/", "Transfer-Encoding: chunked", **POST),
                         b"1\r\nx\r\n" * 10922),
    "chunks with a zero": (request_to("/", "Transfer-Encoding: chunked", **POST),
                           b"100;a=b\r\n" + b"x" * 256 + b"\r\n"),
    "bodies by length": (b"", request_to("/", f"Content-Length: {1 << 20}", **POST)
                         + b"x" * (1 << 20)),
    "large heads": (b"", request_to("/", *(f"X{n}: " + f"{n:099}" for n in range(90))) * 7),
    "requests": (b"", GET * 2000),
    "unknown targets": (b"", b"".join(request_to(f"/{n:0900}") for n in range(70))),
}


def attack(first, again):
    """Sends on all connections as fast as they take it, and reads what comes; for ever."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    block = again * max(1, 65536 // len(again))
    poll = select.epoll()
    left = {}
    for _ in range(ATTACKERS):
        sock = socket.create_connection(("127.0.0.1", khttpd.PORT))
        sock.setblocking(False)
        left[sock.fileno()] = (sock, memoryview(first + block))
        poll.register(sock, select.EPOLLIN | select.EPOLLOUT)
    while True:
        for fd, events in poll.poll():
            sock, data = left[fd]
            try:
                if events & select.EPOLLIN:
                    sock.recv(1 << 20)
                if events & select.EPOLLOUT:
                    data = data[sock.send(data):] or memoryview(block)
            except BlockingIOError:
                continue
            except OSError:
                poll.unregister(fd)
                continue
            left[fd] = (sock, data)


def latencies():
    """Of requests one after the other, in microseconds, sorted."""
    found = []
    with socket.create_connection(("127.0.0.1", khttpd.PORT)) as sock:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end or len(found) < 200:
            start = time.perf_counter_ns()
            sock.sendall(GET)
            reply = sock.recv(4096)
            found.append((time.perf_counter_ns() - start) / 1000)
            assert reply.endswith(PAGE), reply
            time.sleep(0.002)
    return sorted(found)


def longest_run():
    """Of what function_graph saw, in microseconds."""
    with open(TRACING + "trace", encoding="ascii", errors="replace") as file:
        return max([float(time) for time in re.findall(r"([0-9.]+) us", file.read())], default=0)


def measure(kind):
    child = 0
    if KINDS[kind]:
        child = os.fork()
        if child == 0:
            attack(*KINDS[kind])
        time.sleep(0.7)
    before = khttpd.status()
    write(TRACING + "trace", "")
    write(TRACING + "current_tracer", "function_graph")
    traced = time.perf_counter_ns()
    time.sleep(0.3)
    longest = longest_run()
    write(TRACING + "current_tracer", "nop")
    found = latencies()
    took = (time.perf_counter_ns() - traced) / 1e9
    after = khttpd.status()
    if child:
        os.kill(child, 9)
        os.waitpid(child, 0)
        khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 0, 60)
    taken = (after["bytes_received"] - before["bytes_received"]) / took / 1e6
    cut = after.get("runs_cut", 0) - before.get("runs_cut", 0)
    print(f"{kind:20} {found[len(found) // 2]:9.0f} {found[len(found) * 99 // 100]:9.0f} "
          f"{found[-1]:9.0f} {longest:9.0f} {taken:8.1f} {cut / took:8.0f}", flush=True)


def main():
    write("/proc/sys/net/ipv4/tcp_rmem", "4096 6291456 6291456")
    write("/proc/sys/kernel/sched_rt_runtime_us", -1)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    assert khttpd.load(max_body_size=1 << 30, body_timeout=3600, header_timeout=3600,
                       max_header_size=65535, max_header_count=200, max_requests=4294967295) == 0
    write(TRACING + "set_ftrace_filter", "kh_conn_run")
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    print(f"{'attack':20} {'p50 us':>9} {'p99 us':>9} {'max us':>9} {'run us':>9} {'MB/s':>8} "
          f"{'cut/s':>8}")
    for kind in sys.argv[1:] or KINDS:
        measure(kind)
    assert khttpd.unload() == 0


if __name__ == "__main__":
    main()
