# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""How long requests take that come at a fixed rate, whatever the server does.

For tools/bench/run --open-loop. A client that waits for a reply before it asks again counts one
slow request where many people would have waited; openloop/client.c says how it is counted here.
"""
import json
import subprocess

import plan
from machine import run

CONNECTIONS = 64
# Of the Poisson process, the same for each server; another one is for warming up.
SEED, WARM_SEED = 1, 2
POINTS = ("p50", "p99", "p999", "max")
# A server keeps up that has answered all, the last of them this soon after it was due (seconds).
SOON = 0.1


def ask(options, server, workload, rate, seconds, seed=SEED):
    text = run(str(options.client), str(server.port), workload.path or server.page, str(rate),
               str(seconds), str(CONNECTIONS), str(seed), timeout=seconds * 300 + 300)
    line = [l for l in text.splitlines() if l.startswith("JSON ")]
    if not line:
        raise OSError("client: " + " ".join(text.split())[:200])
    return json.loads(line[0][5:])


def keeps_up(row):
    return row["answered"] == row["requests"] and row["due"]["max"] < SOON * 1e6


def measure(bench, server, workload, rates):
    """A row for each rate, until the server is far from keeping up."""
    options = bench.options
    rows = []
    with bench.served(server, workload):
        ask(options, server, workload, min(rates), 1, WARM_SEED)
        for rate in rates:
            row = {"server": server.name, "workload": workload.name, "source": options.source,
                   **ask(options, server, workload, rate, options.seconds)}
            rows.append(row)
            bench.say(f"{workload.name:10} {server.name:14} {rate:6} requests/s: "
                      + "  ".join(f"{p} {row['due'][p]:.0f}" for p in POINTS) + " us"
                      + ("" if keeps_up(row) else f"  {row['answered']} of {row['requests']}"
                         f" in {row['seconds']:.1f} s"))
            if row["due"]["p50"] > 1e6:
                break
    return rows


def table(rows, workload, rate):
    found = sorted((row for row in rows if (row["workload"], row["rate"]) == (workload, rate)),
                   key=lambda row: row["due"]["p99"])
    lines = ["| server | p50 µs | p99 µs | p99.9 µs | max µs | max since it was sent | |",
             "|---|--:|--:|--:|--:|--:|---|"]
    for row in found:
        note = "" if keeps_up(row) else \
            f"{row['answered'] / row['seconds']:,.0f} requests/s, " \
            f"{row['requests'] - row['answered']:,} not answered"
        lines.append(f"| {row['server']} | " + " | ".join(f"{row['due'][p]:,.0f}" for p in POINTS)
                     + f" | {row['sent']['max']:,.0f} | {note} |")
    return lines + [""]


def summary(rows):
    text = ["# Latency at a fixed rate", "",
            "Counted from when a request was due, unless a column says otherwise. What did not "
            "keep up has its rate beside it; what was not answered counts as long as it was "
            "waited for.", ""]
    for workload in plan.WORKLOADS:
        rates = sorted({row["rate"] for row in rows if row["workload"] == workload.name})
        for rate in rates:
            text += [f"## {workload.title}, {rate:,} requests/s", ""]
            text += table(rows, workload.name, rate)
    return "\n".join(text)


def run_all(bench, servers, workloads):
    """As tools/bench/measure.py has them; openloop.json and openloop.md are left in the results."""
    options = bench.options
    rates = [int(rate) for rate in options.open_loop.split(",")]
    rows = []
    for server in servers:
        for workload in (w for w in workloads if plan.takes_part(server, w)):
            try:
                rows += measure(bench, server, workload, rates)
            except (OSError, subprocess.SubprocessError) as error:
                bench.say(f"{workload.name:10} {server.name:14} failed: {error}")
        (options.out / "openloop.json").write_text(json.dumps(rows, indent=1))
        (options.out / "openloop.md").write_text(summary(rows))
        bench.keep()
    bench.say("done")
