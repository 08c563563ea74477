# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Files that are not in memory, on a slow disk: tools/bench/run --cold.

Three things, each beside a client that asks for a small file in memory at a fixed rate: a thousand
clients of a file each, one client of a file larger than memory, two at different places of it.
"""
import asyncio
import contextlib
import json
import os
import subprocess
import time
from pathlib import Path

import machine
import openloop
import plan

ROOT = Path("/srv/cold")
DISK = Path("/sys/block/vdd/stat")
FILES, SIZE = 1000, 256 << 10
BIG = 1 << 30
PART = 192 << 20
BLOCK = 4096
HOT_RATE = 100
HOT = plan.Workload("hot", "a small file in memory", path="/1k.html")


def blocks(number, first, count):
    """Each says which of which file it is."""
    for at in range(first, first + count):
        yield b"%08x %08x " % (number, at) + b"." * (BLOCK - 18)


def make_files(root):
    root = Path(root)
    (root / "many").mkdir(parents=True)
    (root / "1k.html").write_bytes(b"".join(plan.content(HOT.size)))
    for number in range(FILES):
        with open(root / f"many/{number}.bin", "wb") as file:
            file.writelines(blocks(number, 0, SIZE // BLOCK))
    with open(root / "big.bin", "wb") as file:
        file.writelines(blocks(FILES, 0, BIG // BLOCK))


async def fetch(port, path, number, first, size):
    """Bytes of a file from a place on; returns seconds until the first and the last."""
    start = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
    request = f"GET {path} HTTP/1.1\r\nHost: a\r\n"
    request += f"Range: bytes={first}-{first + size - 1}\r\n" if path == "/big.bin" else ""
    writer.write(f"{request}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    begun = time.monotonic() - start
    wanted = b"206" if path == "/big.bin" else b"200"
    if head.split()[1] != wanted or b"content-length: %d\r\n" % size not in head.lower():
        raise OSError(f"answered {head[:60]!r}")
    at = 0
    while at < size:
        data = await reader.read(1 << 20)
        if not data:
            raise OSError(f"ended after {at} bytes")
        # One block of what came, wherever it begins.
        skip = -at % BLOCK
        mark = b"%08x %08x " % (number, (first + at + skip) // BLOCK)
        if len(data) >= skip + len(mark) and data[skip:skip + len(mark)] != mark:
            raise OSError(f"other bytes than those at {first + at}")
        at += len(data)
    writer.close()
    return begun, time.monotonic() - start


async def fetch_all(port, wanted):
    return await asyncio.gather(*(fetch(port, *one) for one in wanted), return_exceptions=True)


def disk():
    """Reads that were done, and bytes."""
    fields = DISK.read_text().split()
    return int(fields[0]), int(fields[2]) * 512


@contextlib.contextmanager
def hot_client(options, server, found):
    """Asks until it is ended; what it waited is left in `found`."""
    command = [str(options.client), str(server.port), HOT.path, str(HOT_RATE), "600", "4", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.terminate()
        found.update(json.loads(process.communicate()[0][5:]))


CASES = {
    "nothing": [],
    "1,000 clients": [(f"/many/{n}.bin", n, 0, SIZE) for n in range(FILES)],
    "one large file": [("/big.bin", FILES, 0, BIG)],
    "two places of it": [("/big.bin", FILES, first, PART) for first in (0, BIG // 2)],
}


def measure(options, server, wanted):
    machine.free_bytes("MemFree")
    hot = {}
    # What is asked for all the time is in memory.
    openloop.ask(options, server, HOT, HOT_RATE, 1, openloop.WARM_SEED)
    before = disk()
    start = time.monotonic()
    with hot_client(options, server, hot):
        replies = asyncio.run(fetch_all(server.port, wanted)) if wanted else time.sleep(10)
        seconds = time.monotonic() - start
    reads, size = (now - then for now, then in zip(disk(), before))
    failed = [str(reply) for reply in replies or [] if isinstance(reply, Exception)]
    good = [reply for reply in replies or [] if not isinstance(reply, Exception)]
    return {"seconds": seconds, "clients": len(wanted), "answered": len(good),
            "failed": sorted(set(failed))[:5], "first": max((r[0] for r in good), default=0),
            "bytes": sum(one[3] for one in wanted), "disk_reads": reads, "disk_bytes": size,
            "hot": hot}


def summary(rows):
    lines = ["| | server | got their file | seconds | first byte, the last of them, s | MB/s | "
             "KiB a read | hot: p50 ms | p99 ms | max ms |",
             "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|"]
    for row in rows:
        due = row["hot"]["due"]
        lines.append(
            "| {case} | {server} | {answered} of {clients} | {seconds:.1f} | {first:.1f} | "
            "{rate:.1f} | {read:.0f} | {p50:.1f} | {p99:.1f} | {max:.1f} |".format(
                **row, rate=row["bytes"] / row["seconds"] / 1e6,
                read=row["disk_bytes"] / max(row["disk_reads"], 1) / 1024,
                **{point: due[point] / 1e3 for point in ("p50", "p99", "max")}))
    return "\n".join(lines) + "\n"


def module_params():
    return [f"docroot={ROOT}", "backlog=16384", "max_connections_per_address=1048576",
            "max_connections=1048576", "keepalive_timeout=3600", "max_requests=4294967295"]


def run_all(bench, servers, service):
    """Every server in turn; cold.json and cold.md are left in the results."""
    options = bench.options
    options.docroot = ROOT
    rows = []
    for server in servers:
        extra = module_params() if server.module else ()
        for case, wanted in CASES.items():
            with service(server, options, extra):
                row = {"case": case, "server": server.name, **measure(options, server, wanted)}
            rows.append(row)
            bench.say(f"{server.name:10} {case:18} {row['answered']} of {row['clients']} in "
                      f"{row['seconds']:.1f} s, hot max {row['hot']['due']['max'] / 1e3:.1f} ms "
                      + " ".join(row["failed"]))
        (options.out / "cold.json").write_text(json.dumps(rows, indent=1))
        (options.out / "cold.md").write_text(summary(rows))
        bench.keep()
    bench.say("done")


if __name__ == "__main__":
    import sys
    make_files(sys.argv[1])
