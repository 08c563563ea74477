#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Says whether this machine is fit for tools/bench/run --native, and what to do where it is not.

A line for each finding; other than 0 when one of them rules measuring out. With --describe FILE it
writes what the machine is instead, without its name or anything else that tells whose it is.
"""
import gzip
import json
import os
import platform
import re
import shutil
import socket
import sys
import typing
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import plan  # noqa: E402
from native import counters  # noqa: E402

CPUS = Path("/sys/devices/system/cpu")
# What makes a kernel slow in a way that nobody's server is.
CHECKERS = ("KASAN", "KCSAN", "KMSAN", "PROVE_LOCKING", "DEBUG_KMEMLEAK")
NEEDED_BYTES = 2 << 30
BUSY = 0.5


class Finding(typing.NamedTuple):
    """`level` is ok, note (told with the results) or unfit."""
    level: str
    text: str
    remedy: str = ""


def read(path):
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def kernel_options():
    release = platform.release()
    try:
        with gzip.open("/proc/config.gz", "rt") as file:
            return file.read()
    except OSError:
        return read(f"/boot/config-{release}") or read(f"/lib/modules/{release}/config")


def look_at_rights():
    if os.geteuid() != 0:
        yield Finding("unfit", "not root, who alone may load a module", "run it by sudo")
    lockdown = read("/sys/kernel/security/lockdown")
    if lockdown and "[none]" not in lockdown:
        yield Finding("unfit", "the kernel takes signed modules alone (lockdown)",
                      "turn Secure Boot off for the time, or sign the modules")
    if Path("/sys/module/khttpd").exists():
        yield Finding("unfit", "khttpd is loaded", "systemctl stop khttpd, or rmmod khttpd")


def look_at_kernel():
    release = platform.release()
    if tuple(map(int, re.match(r"(\d+)\.(\d+)", release).groups())) < (5, 10):
        yield Finding("unfit", f"Linux {release} is older than 5.10", "boot a newer one")
    if not Path(f"/lib/modules/{release}/build").exists():
        yield Finding("unfit", "the kernel's headers are missing",
                      "apt-get install linux-headers-$(dpkg --print-architecture), or your "
                      "distribution's package")
    options = kernel_options()
    found = [name for name in CHECKERS if f"CONFIG_{name}=y" in options]
    if found:
        yield Finding("unfit", f"a debug kernel ({', '.join(found)})", "boot the usual one")


def look_at_clock():
    governors = {read(path) for path in CPUS.glob("cpu*/cpufreq/scaling_governor")} - {""}
    if governors - {"performance"}:
        yield Finding("note", f"the CPU's frequency goes up and down ({', '.join(governors)})",
                      "cpupower frequency-set -g performance")
    if read(CPUS / "intel_pstate/no_turbo") == "0" or read(CPUS / "cpufreq/boost") == "1":
        yield Finding("note", "turbo is on: frequencies depend on heat",
                      "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or "
                      "echo 0 > /sys/devices/system/cpu/cpufreq/boost")
    if read(CPUS / "smt/active") == "1":
        yield Finding("note", "two threads share a core (SMT)",
                      "echo off > /sys/devices/system/cpu/smt/control")
    if " hypervisor" in read("/proc/cpuinfo"):
        yield Finding("note", "a virtual machine: its times are not those of hardware",
                      "take a machine of metal")


def look_at_others():
    load = os.getloadavg()[0]
    if load > BUSY:
        yield Finding("note", f"something else runs (load {load:.1f})", "wait for it to end")
    free = int(re.search(r"MemAvailable: +(\d+)", read("/proc/meminfo"))[1]) << 10
    if free < NEEDED_BYTES:
        yield Finding("unfit", f"{free >> 20} MiB of memory are free, of "
                      f"{NEEDED_BYTES >> 20} that are needed", "end what uses it")
    for server in plan.SERVERS:
        with socket.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                sock.bind(("0.0.0.0", server.port))
            except OSError as error:
                yield Finding("unfit", f"port {server.port}, which {server.name} needs: "
                              f"{error.strerror}", f"ss -tlnp sport = :{server.port}")


def look_at_tools():
    if not shutil.which("wrk"):
        yield Finding("unfit", "wrk is missing", "apt-get install wrk")
    if not shutil.which("perf"):
        yield Finding("note", "perf is missing: nothing but times", "apt-get install linux-perf")
    absent = [server.name for server in plan.SERVERS
              if server.command and not shutil.which(server.command[0])]
    if absent:
        yield Finding("note", f"not installed and left out: {', '.join(absent)}",
                      "apt-get install nginx-light lighttpd apache2-bin haproxy caddy")
    lost = [event for event in counters.EVENTS if event not in counters.available()]
    if shutil.which("perf") and lost:
        yield Finding("note", f"this machine does not count {', '.join(lost)}")


def findings():
    for look in (look_at_rights, look_at_kernel, look_at_clock, look_at_others, look_at_tools):
        yield from look()


def cpu_info(name):
    found = re.search(rf"^{name}\s*: (.*)", read("/proc/cpuinfo"), re.MULTILINE)
    return found[1] if found else ""


def describe():
    return {"model": cpu_info("model name"), "microcode": cpu_info("microcode"),
            "cpus": os.cpu_count(), "cores": int(cpu_info("cpu cores") or 0),
            "kernel": platform.release(),
            "governor": read(CPUS / "cpu0/cpufreq/scaling_governor"),
            "memory_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            "mitigations": {path.name: read(path) for path in
                            sorted((CPUS / "vulnerabilities").glob("*"))},
            "counters": counters.available(),
            "findings": [finding.text for finding in findings()]}


def main():
    if sys.argv[1:2] == ["--describe"]:
        Path(sys.argv[2]).write_text(json.dumps(describe(), indent=1) + "\n", encoding="utf-8")
        return 0
    found = list(findings())
    for finding in found:
        print(f"bench: {finding.level}: {finding.text}")
        if finding.remedy:
            print(f"bench:   {finding.remedy}")
    if not found:
        print("bench: ok: nothing speaks against measuring here")
    return any(finding.level == "unfit" for finding in found)


if __name__ == "__main__":
    sys.exit(main())
