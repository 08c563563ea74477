# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Each CPU's clients at once: work a request, and who writes what others write as well.

In the machine of tools/bench/run --sharing. A wrk is bound to each CPU, so that what CPUs share is
what the kernel and the server share, and not a client that moves.
"""
import contextlib
import ctypes
import json
import mmap
import os
import subprocess
from pathlib import Path

# As lines/plugin.c knows them: registers that are exchanged with themselves.
BEGIN, END = b"\x48\x87\xdb", b"\x48\x87\xc9"
RETURN = b"\xc3"


def mark(instruction):
    page = mmap.mmap(-1, mmap.PAGESIZE,
                     prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(instruction + RETURN)
    ctypes.CFUNCTYPE(None)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()


@contextlib.contextmanager
def marked():
    mark(BEGIN)
    yield
    mark(END)


def started(command, cpu):
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))


def ended(process):
    text = process.communicate(timeout=3600)[0]
    found = [line for line in text.splitlines() if line.startswith("JSON ")]
    if not found:
        raise OSError("wrk: " + " ".join(text.split())[:200])
    return json.loads(found[0][5:])


def measure(command, cpus):
    with marked():
        clients = [started(command, cpu) for cpu in range(cpus)]
        results = [ended(client) for client in clients]
    errors = sum(sum(result["errors"].values()) for result in results)
    if errors:
        raise OSError(f"{errors} errors")
    return sum(result["requests"] for result in results)


def run_all(bench, servers, workloads):
    """As tools/bench/measure.py has them."""
    cpus, options = os.cpu_count(), bench.options
    rows = []
    for server in servers:
        for workload in workloads:
            with bench.served(server, workload):
                requests = measure(bench.client(server, workload), cpus)
                symbols = Path("/proc/kallsyms").read_text()
            row = {"server": server.name, "workload": workload.name, "cpus": cpus,
                   "requests": requests}
            (options.out / "raw" / f"{workload.name}-{server.name}.kallsyms").write_text(symbols)
            rows.append(row)
            print(f"bench: {workload.name} {server.name} {cpus} CPUs: {requests} requests",
                  flush=True)
    (options.out / "sharing.json").write_text(json.dumps(rows, indent=1))
