# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the hardware counts while a command runs: perf stat, of the whole machine."""
import functools
import shutil
import subprocess

EVENTS = ("cycles", "instructions", "cache-misses", "branch-misses", "context-switches",
          "power/energy-pkg/")


def perf_stat(events, path, *command):
    return ["perf", "stat", "-a", "-x,", "-o", str(path), "-e", ",".join(events), "--", *command]


def read(text):
    """{event: value}, of what perf stat -x, prints; without what was not counted."""
    found = {}
    for line in text.splitlines():
        fields = line.split(",")
        if len(fields) > 2 and not line.startswith("#"):
            try:
                found[fields[2].strip()] = float(fields[0])
            except ValueError:
                # <not supported>, <not counted>
                continue
    return found


@functools.cache
def available():
    """Those of EVENTS that count here."""
    if not shutil.which("perf"):
        return ()
    found = []
    for event in EVENTS:
        done = subprocess.run(perf_stat([event], "/dev/stdout", "true"), check=False, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        if event in read(done.stdout):
            found.append(event)
    return tuple(found)
