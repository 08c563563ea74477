# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Runs the scripts of tools/bpf while something is done."""

import os
import subprocess
import time

import khttpd

SCRIPTS = "/input/bpf/"
# Gone with the machine but for --keep: what the scripts printed, as their examples have it.
RESULTS = "/results/bpf/"


def run_script(name, work, *arguments, seconds=60):
    """Runs work() while the script is attached; returns what it prints when interrupted."""
    os.makedirs(RESULTS, exist_ok=True)
    path = f"{RESULTS}{name}.txt"

    def output():
        with open(path, encoding="utf-8") as file:
            return file.read()
    with open(path, "w", encoding="utf-8") as file, \
            subprocess.Popen(["bpftrace", "-B", "line", f"{SCRIPTS}{name}.bt", *arguments],
                             stdout=file, stderr=file) as trace:
        assert khttpd.wait_for(lambda: "Ctrl-C" in output() or trace.poll() is not None, seconds)
        assert trace.poll() is None, output()
        time.sleep(khttpd.scaled(1))
        work()
        # What is printed for an event is on its way for a moment.
        time.sleep(khttpd.scaled(1))
        trace.send_signal(2)
        trace.wait(timeout=khttpd.scaled(30))
    assert "ERROR" not in output() and "Lost" not in output(), output()
    return output()
