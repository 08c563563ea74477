# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Many runs on one CPU. With PREEMPT_RT any of them may be preempted by another."""

import contextlib
import os
import subprocess
import sys

import pytest

import khttpd
from folder import Folder, content

ROOT = "/tmp/preemption"
SERVING_CPU, OTHER_CPU = 0, 1
SECONDS = 6
# Small files are answered where their packets come in, big ones are sent by a worker.
CLIENTS = ((SERVING_CPU, [f"{number}:100" for number in range(8)]),
           (OTHER_CPU, [f"{number}:100" for number in range(8, 12)] + ["big"] * 8))
TICKER = "import time\nwhile True: time.sleep(0.002)"

REALTIME = "PREEMPT_RT" in os.uname().version

pytestmark = [pytest.mark.params(docroot=ROOT, cache_max_file=16, access_log=1),
              pytest.mark.skipif(not REALTIME and not khttpd.WHOLE,
                                 reason="runs are preempted with PREEMPT_RT alone")]


@pytest.fixture(scope="module", autouse=True)
def files():
    with Folder(ROOT) as folder:
        for number in range(12):
            folder.write(str(number), content(20 + 9 * number, f"small{number}"))
        folder.write("big", content(256 << 10))
        yield folder


def start(cpu, *command):
    return subprocess.Popen(["taskset", "-c", str(cpu), *command], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True)


@contextlib.contextmanager
def served_by_one_cpu():
    """All packets are steered to it, and its workers have no priority over the clients there."""
    steering = "/sys/class/net/lo/queues/rx-0/rps_cpus"
    with open(steering, "w", encoding="ascii") as file:
        file.write(f"{1 << SERVING_CPU:x}")
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/comm", encoding="ascii") as file:
                if file.read().startswith(f"kworker/{SERVING_CPU}:"):
                    os.setpriority(os.PRIO_PROCESS, int(entry), 0)
    yield
    with open(steering, "w", encoding="ascii") as file:
        file.write("0")


def test_runs_do_not_mix(both_ways):
    """Beside a real-time task that preempts whoever answers, every reply has its own bytes."""
    ticker = start(SERVING_CPU, "chrt", "--fifo", "40", sys.executable, "-c", TICKER)
    try:
        with served_by_one_cpu():
            clients = [start(cpu, sys.executable, "-B", "e2e/pipelines.py", str(khttpd.PORT),
                             str(SECONDS), ROOT, *wanted) for cpu, wanted in CLIENTS]
            said = [client.communicate()[0].strip() for client in clients]
    finally:
        ticker.kill()
        ticker.wait()
    print("\n".join(said))
    assert [client.returncode for client in clients] == [0] * len(clients), said
    assert khttpd.status()["out_of_memory"] == 0
