#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Makes summary.md, plots/*.dat and plots/*.gp (for gnuplot) of a results.json of measure.py.

With --merge, takes over the results of another results.json first: those of a run restricted to
some workloads or servers replace the ones that are there.
"""
import argparse
import json
from pathlib import Path

import plan

PLOTS = [("requests", "small replies", ("keepalive", "close", "head800", "c64", "c1024")),
         ("pipeline", "16-deep pipeline", ("pipeline",)),
         ("files", "small files", ("file1k", "file16k", "files10k")),
         ("large-files", "large files", ("file128k", "file1m")),
         ("largest-files", "the largest files", ("file16m", "file128m", "file1g"))]
GROWTH_PLOTS = [("connections", "open connections, all active",
                 (("keepalive", 16), ("c64", 64), ("c1024", 1024), ("c4096", 4096),
                  ("c10000", 10000))),
                ("cached-files", "files asked for at random",
                 (("cached10", 10), ("cached1000", 1000), ("files10k", 10000),
                  ("cached100k", 100000)))]
# Of each server of plan.py.
COLORS = ("#1b4f9c", "#4f7fc9", "#7fa3d6", "#444444", "#777777", "#aaaaaa", "#2e8b57", "#9fd3b5",
          "#5fbf8a", "#d98e04", "#b5443a", "#8a5aa8", "#3aa6a6", "#c2a878")


class Results:
    def __init__(self, facts):
        self.facts = facts
        self.by = {(r["workload"], r["server"]): r for r in facts["results"]}
        self.workloads = [w for w in plan.WORKLOADS if any(k[0] == w.name for k in self.by)]
        self.servers = [s for s in plan.SERVERS if any(k[1] == s.name for k in self.by)]

    def get(self, workload, server, key="rps"):
        return self.by.get((workload, server), {}).get(key)

    def best_peer(self, workload):
        """(server, rate), or None."""
        rates = [(p, self.get(workload, p)) for p in plan.PEERS if self.get(workload, p)]
        return max(rates, key=lambda r: r[1]) if rates else None


def number(value):
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def table(head, rows):
    out = ["| " + " | ".join(head) + " |", "|---" + "|--:" * (len(head) - 1) + "|"]
    return out + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def cell(results, workload, server):
    entry = results.by.get((workload, server))
    if entry is None:
        return "–"
    if "failed" in entry:
        return "failed"
    return number(entry["rps"]) + ("*" if sum(entry["errors"].values()) else "")


def rates(results):
    rows = [[w.title] + [cell(results, w.name, s.name) for s in results.servers]
            for w in results.workloads]
    return table(["requests/s"] + [s.name for s in results.servers], rows)


def ratios(results):
    others = [s for s in results.servers if s.name != "khttpd"]
    rows = []
    for workload in results.workloads:
        own = results.get(workload.name, "khttpd")
        row = [workload.title]
        for server in others:
            rate = results.get(workload.name, server.name)
            row.append(f"{own / rate:.2f}" if own and rate else "–")
        rows.append(row)
    return table(["khttpd divided by"] + [s.name for s in others], rows)


def lines(results):
    rows = []
    for workload, against, wanted in plan.LINES:
        own = results.get(workload, "khttpd")
        best = results.best_peer(workload) if against == "peers" else \
            (against, results.get(workload, against))
        if not own or not best or not best[1]:
            continue
        title = next(w.title for w in plan.WORKLOADS if w.name == workload)
        name = f"best peer ({best[0]})" if against == "peers" else against
        got = own / best[1]
        rows.append([title, name, f"{wanted:.2f}", f"{got:.2f}",
                     "reached" if got >= wanted else "**short**"])
    return table(["workload", "against", "at least", "measured", ""], rows) if rows else []


def latencies(results):
    rows = []
    for workload in results.workloads:
        for server in results.servers:
            entry = results.by.get((workload.name, server.name), {})
            if "p50_us" in entry:
                rows.append([workload.title, server.name, number(entry["rps"])] +
                            [f"{entry[k]:,.0f}" for k in ("p50_us", "p99_us", "p999_us")])
    return table(["workload", "server", "requests/s", "p50 µs", "p99 µs", "p99.9 µs"], rows)


def counted(results):
    """What the hardware counted, a request; nothing where there was none."""
    entries = [r for r in results.facts["results"] if r.get("a_request")]
    events = list(dict.fromkeys(event for r in entries for event in r["a_request"]))
    if not events:
        return []
    rows = [[r["workload"], r["server"]] + [f"{r['a_request'][event]:,.4g}"
                                            if event in r["a_request"] else "" for event in events]
            for r in entries]
    return ["## Counted by the hardware, a request", "",
            "Of the whole machine, client and server together; energy in joules of the package.",
            ""] + table(["workload", "server"] + events, rows)


def memory(results):
    rows = []
    floor = results.get("idle10k", "raw", "idle_bytes")
    for server in results.servers:
        used = results.get("idle10k", server.name, "idle_bytes")
        alone, with_idle = results.get("c64", server.name), results.get("idle10k", server.name)
        if used is None:
            continue
        rows.append([server.name, number(used), number(used - floor) if floor else "",
                     f"{100 * (with_idle / alone - 1):+.1f} %" if alone and with_idle else ""])
    if not rows:
        return []
    text = ["## 10,000 idle connections", "",
            "Memory the whole machine lost, divided by the connections: both ends' sockets and the "
            "client's own state are in it, the same for all. The raw responder keeps 96 bytes for "
            "a connection besides its socket.", ""]
    return text + table(["server", "bytes each", "beyond raw", "64 active ones, with and without"],
                        rows)


def fairness(results):
    rows = []
    for server in results.servers:
        alone = results.by.get(("keepalive", server.name), {})
        beside = results.by.get(("greedy", server.name), {})
        if "rps" in alone and "rps" in beside:
            rows.append([server.name, f"{beside['rps'] / alone['rps']:.2f}"] +
                        [f"{entry[key]:,.0f}" for key in ("p50_us", "p99_us", "p999_us")
                         for entry in (alone, beside)])
    if not rows:
        return []
    text = ["## One connection against others", "",
            "16 connections with one request at a time, alone and beside another client's one "
            "connection that sends requests without a pause. The two clients share the processor, "
            "so that 0.50 of the rate is an even share. Latencies are those of the 16, in "
            "microseconds of the same clock.", ""]
    return text + table(["server", "rate beside / alone", "p50 alone", "beside", "p99 alone",
                         "beside", "p99.9 alone", "beside"], rows)


def failures(results):
    found = [f"- {r['workload']}, {r['server']}: {r['failed']}"
             for r in results.facts["results"] if "failed" in r]
    found += [f"- {r['workload']}, {r['server']}: wrk counted {r['errors']}"
              for r in results.facts["results"] if sum(r.get("errors", {}).values())]
    return ["## Failures and errors (*)", ""] + found + [""] if found else []


def explanation(facts):
    if facts["label"] == "icount":
        return ["The machine's clock advances one nanosecond an instruction, so that requests per "
                "second are 1,000,000,000 divided by the instructions that client and server "
                "together spend on a request. Caches, mispredictions and the price of a system "
                "call on real hardware are left out; the last would favour the kernel side.",
                "", "One virtual CPU, one worker a server, one thread of wrk."]
    return [f"Timed, on {facts['cpus']} CPUs, {facts['workers']} workers a server, "
            f"{facts['threads']} threads of wrk: **noisy**. On the loopback device the receive "
            "path runs on the sender's CPU, so that khttpd shares the client's."]


def hardware(out):
    """The machine, where it is one that exists."""
    path = out / "machine.json"
    if not path.exists():
        return []
    machine = json.loads(path.read_text())
    text = [f"{machine['model']}, {machine['cpus']} CPUs, governor "
            f"{machine['governor'] or 'unknown'}."]
    return [""] + text + [f"- {finding}" for finding in machine["findings"]]


def summary(results, out):
    facts = results.facts
    text = [f"# khttpd, measured on Linux {facts['versions']['kernel']}", ""]
    text += explanation(facts) + hardware(out) + ["", "## Requests per second", ""] + rates(results)
    if any(s.name == "khttpd" for s in results.servers):
        text += ["## Ratios", ""] + ratios(results)
        found = lines(results)
        text += ["## Against the aims", ""] + found if found else []
    text += memory(results)
    text += fairness(results)
    if facts["label"] != "icount":
        text += ["## Latency", ""] + latencies(results)
    text += counted(results)
    text += failures(results)
    text += ["## Plots", ""] + [f"![{t}](plots/{n}.svg)" for n, t in plots(results, out)]
    text += ["", "## Versions and commands", ""]
    text += [f"- {name}: {version}" for name, version in facts["versions"].items()]
    sources = sorted({r.get("source") for r in facts["results"]} - {None, ""})
    text += [f"- khttpd and benchmark: commit {', '.join(sources)}"] if sources else []
    text += ["- configurations: `tools/bench/peers/`; workloads: `tools/bench/plan.py`",
             "- everything wrk printed, with its exact command: `raw/`"]
    machine = out / "qemu.txt"
    if machine.exists():
        text += ["", "```", machine.read_text().strip(), "```"]
    return "\n".join(text) + "\n"


def setup(name, title):
    return [f'set terminal svg size 900,420 font "sans,12" background "white"',
            f'set output "plots/{name}.svg"', f'set title "{title}"', "set grid ytics lc '#dddddd'",
            "set yrange [0:*]", 'set format y "%.0f"', 'set ylabel "requests/s"',
            "set key outside right top", 'set datafile missing "-"']


def bars(results, folder, name, title, workloads):
    present = [w for w in plan.WORKLOADS if w.name in workloads and w in results.workloads]
    servers = [s for s in results.servers if any(results.get(w.name, s.name) for w in present)]
    if not present or not servers:
        return False
    data = ['"workload" ' + " ".join(f'"{s.name}"' for s in servers)]
    for workload in present:
        rates_of = [results.get(workload.name, s.name) for s in servers]
        data.append(f'"{workload.title}" ' + " ".join(f"{r:.0f}" if r else "-" for r in rates_of))
    (folder / f"{name}.dat").write_text("\n".join(data) + "\n")
    script = setup(name, title) + ["set style data histogram", "set style histogram clustered",
                                   "set style fill solid", "set xtics rotate by -12"]
    known = [s.name for s in plan.SERVERS]
    parts = [f'"plots/{name}.dat" using {i}:xtic(1) title columnheader({i}) '
             f'lc rgb "{COLORS[known.index(s.name)]}"' for i, s in enumerate(servers, 2)]
    script.append("plot " + ", ".join(parts))
    (folder / f"{name}.gp").write_text("\n".join(script) + "\n")
    return True


def growth(results, folder, name, title, points):
    servers = [s for s in results.servers
               if sum(bool(results.get(w, s.name)) for w, _ in points) >= 3]
    if not servers:
        return False
    data = [f"{x} " + " ".join(f"{results.get(w, s.name) or '-'}" for s in servers)
            for w, x in points]
    (folder / f"{name}.dat").write_text("\n".join(data) + "\n")
    known = [s.name for s in plan.SERVERS]
    parts = [f'"plots/{name}.dat" using 1:{i} with linespoints lw 2 '
             f'lc rgb "{COLORS[known.index(s.name)]}" title "{s.name}"'
             for i, s in enumerate(servers, 2)]
    script = setup(name, title) + ["set logscale x 10", f'set xlabel "{title}"',
                                   "plot " + ", ".join(parts)]
    (folder / f"{name}.gp").write_text("\n".join(script) + "\n")
    return True


def plots(results, out):
    """Writes what gnuplot needs; [(name, title)] of the plots."""
    folder = out / "plots"
    folder.mkdir(exist_ok=True)
    made = [(n, t) for n, t, w in PLOTS if bars(results, folder, n, t, w)]
    return made + [(n, t) for n, t, p in GROWTH_PLOTS if growth(results, folder, n, t, p)]


def merge(path, new):
    """Adds the results to those of the file, which may not be there."""
    if path.exists():
        old = json.loads(path.read_text())
        replaced = {(r["workload"], r["server"]) for r in new["results"]}
        new["results"] = [r for r in old["results"]
                          if (r["workload"], r["server"]) not in replaced] + new["results"]
        new["versions"] = {**old["versions"], **new["versions"]}
    path.write_text(json.dumps(new, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="directory with results.json")
    parser.add_argument("--merge", type=Path, help="results.json to take over")
    options = parser.parse_args()
    out, path = options.out, options.out / "results.json"
    if options.merge:
        merge(path, json.loads(options.merge.read_text()))
    results = Results(json.loads(path.read_text()))
    (out / "summary.md").write_text(summary(results, out))


if __name__ == "__main__":
    main()
