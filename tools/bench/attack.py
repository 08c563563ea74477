# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What a server holds and how others fare while peers do their worst: tools/bench/run --attack.

Each attack runs against one server at a time in the machine that counts instructions, for a bounded
time. Memory held is what MemFree loses between before and during it, caches dropped each time.
"""
import contextlib
import json
import os
import socket
import time
from pathlib import Path

import machine
import plan

CONNECTIONS = 800
FILES = 200
SIZE = 1 << 20
CACHE = 64 << 20


def make_files(docroot):
    """200 files of 1 MiB, on the disk, so that a server's references to their pages count."""
    folder = Path(docroot) / "attack"
    folder.mkdir(exist_ok=True)
    data = b"".join(plan.content(SIZE))
    for number in range(FILES):
        path = folder / f"{number}.bin"
        if not path.exists():
            path.write_bytes(data)
        os.utime(path, (1600000000, 1600000000))
    os.sync()


def held_by_status():
    """Bytes by kind, as khttpd tells them; empty for other servers."""
    try:
        lines = Path("/proc/net/khttpd/status").read_text().splitlines()
    except OSError:
        return {}
    return {name: int(value) for name, _, value in (line.partition(" ") for line in lines)
            if name.startswith("held_") and name.endswith("_bytes")}


def connect(port):
    sock = socket.socket()
    # A peer that reads nothing offers little room for what it will not read.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.settimeout(60)
    sock.connect(("127.0.0.1", port))
    return sock


def request_of(number, fields=""):
    return (f"GET /attack/{number % FILES}.bin HTTP/1.1\r\nHost: a\r\n{fields}\r\n").encode()


def unread(sock, number):
    """Asks for a file and reads nothing."""
    sock.sendall(request_of(number))


def pinned_ranges(sock, number):
    """Asks for single bytes of many files and reads nothing."""
    for i in range(4):
        sock.sendall(request_of(number + i * 50, "Range: bytes=0-0\r\n"))


MEMORY = {"unread": unread, "ranges": pinned_ranges}


def memory(server, attack):
    """Bytes that the server holds more with the attack than before it."""
    with contextlib.ExitStack() as stack:
        before = machine.free_bytes("MemFree")
        for number in range(CONNECTIONS):
            attack(stack.enter_context(connect(server.port)), number)
        # Until every request is answered as far as it will be: loading files goes on for a while.
        time.sleep(20)
        return {"held": before - machine.free_bytes("MemFree"), "status": held_by_status()}


def module_params(docroot):
    return [f"docroot={docroot}", f"cache_size={CACHE >> 10}", "cache_max_file=1024",
            "max_connections_per_address=100000"]


def run(server, service, say):
    """The rows of one server; `service` makes a context in which it runs."""
    rows = []
    for name, attack in MEMORY.items():
        with service():
            row = {"server": server.name, "attack": name, **memory(server, attack)}
        rows.append(row)
        told = sum(row["status"].values())
        say(f"{name:10} {server.name:14} holds {row['held'] / 2**20:7.1f} MiB"
            + (f", says {told / 2**20:.1f} MiB" if row["status"] else ""))
    return rows


def summary(rows):
    """The table, and what each row of khttpd's may be at most."""
    held = {(row["server"], row["attack"]): row["held"] for row in rows}
    lines = ["| attack | server | memory held, MiB | as status has it | at most |",
             "|---|---|--:|--:|--:|"]
    for row in rows:
        nginx = held.get(("nginx", row["attack"]))
        bound = row["server"] == "khttpd" and nginx is not None
        most = (CACHE + nginx + (16 << 20)) / 2**20 if bound else None
        told = sum(row["status"].values()) / 2**20 if row["status"] else None
        lines.append("| {} | {} | {:.1f} | {} | {} |".format(
            row["attack"], row["server"], row["held"] / 2**20,
            "–" if told is None else f"{told:.1f}", "–" if most is None else f"{most:.1f}"))
    return "\n".join(lines) + "\n"


def run_all(options, servers, service, say):
    """Every server in turn; attack.json and attack.md are left in the results."""
    make_files(options.docroot)
    rows = []
    for server in servers:
        extra = module_params(options.docroot) if server.module else ()
        rows += run(server, lambda server=server, extra=extra: service(server, options, extra), say)
    (options.out / "attack.json").write_text(json.dumps(rows, indent=1))
    (options.out / "attack.md").write_text(summary(rows))
    say("done")
