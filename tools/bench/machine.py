# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The machine on which servers are measured."""
import os
import resource
import subprocess
import time
from pathlib import Path


def tune():
    """Nothing that favours one server: room for ports and connections."""
    # nginx keeps every file open that its open_file_cache holds.
    resource.setrlimit(resource.RLIMIT_NOFILE, (262144, 262144))
    for name, value in (("net/ipv4/ip_local_port_range", "10000 65535"),
                        ("net/core/somaxconn", "65535"), ("net/ipv4/tcp_max_syn_backlog", "65535"),
                        ("kernel/perf_event_max_sample_rate", "100000"),
                        ("kernel/perf_cpu_time_max_percent", "0")):
        path = Path("/proc/sys") / name
        if path.exists():
            path.write_text(value)


def free_bytes(*fields):
    """The sum of these of /proc/meminfo, with caches dropped so that they do not count."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3\n")
    time.sleep(0.5)
    found = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return 1024 * sum(int(found[name].split()[0]) for name in fields)


def run(*command, check=True, timeout=600):
    return subprocess.run(command, check=check, timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
