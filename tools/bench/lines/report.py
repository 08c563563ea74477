#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Writes DIR/sharing.md from DIR/cpus-N, as tools/bench/run --sharing leaves them there."""
import bisect
import collections
import json
import sys
from pathlib import Path

# Times that a line changes hands, a request, below which it is left out.
SELDOM = 0.01
UNKNOWN = "?"


class Symbols:
    """Of /proc/kallsyms."""

    def __init__(self, path):
        found = []
        for line in path.read_text().splitlines():
            address, kind, name, *module = line.split()
            if kind.lower() not in "au" and int(address, 16) >= 1 << 63:
                found.append((int(address, 16), name, bool(module and "kh" in module[0])))
        self.found = sorted(found)
        self.addresses = [address for address, _, _ in self.found]

    def of(self, address, at_most):
        """(name, whether it is the server's module's); within so many bytes from a symbol."""
        at = bisect.bisect_right(self.addresses, address) - 1
        if at < 0 or address - self.addresses[at] > at_most:
            return UNKNOWN, False
        return self.found[at][1:]


def sections(path):
    """For each measurement (instructions, its lines), these as (address, turns, writers), and a
    writer as (pc, cpu, count)."""
    found = []
    for words in map(str.split, path.read_text().splitlines()):
        if words[0] == "measured":
            if "full" in words:
                sys.exit(f"{path}: more lines than the plugin has room for")
            found.append((int(words[1]), []))
        elif words[0] == "line":
            found[-1][1].append((int(words[1], 16), int(words[2]), []))
        else:
            found[-1][1][-1][2].append((int(words[1], 16), int(words[2]), int(words[3])))
    return found


def shared(lines, symbols, requests):
    """Rows (turns a request, lines, data, writers, whether the module is one), the most first."""
    sums = collections.defaultdict(lambda: [0, 0])
    for address, turns, writers in lines:
        names = {symbols.of(pc, 1 << 16) for pc, _, _ in writers}
        data, ours = symbols.of(address, 1 << 12)
        key = (data, tuple(sorted(name for name, _ in names)),
               ours or any(module for _, module in names))
        sums[key][0] += turns
        sums[key][1] += 1
    rows = [(turns / requests, count, *key) for key, (turns, count) in sums.items()]
    return sorted((row for row in rows if row[0] >= SELDOM), reverse=True)


def table_of_work(measured):
    """Instructions a request by the number of CPUs."""
    counts = sorted({row["cpus"] for row in measured})
    by = {(row["workload"], row["server"], row["cpus"]): row["instructions"] / row["requests"]
          for row in measured}
    yield "| workload | server | " + " | ".join(f"{n} CPU{'s' * (n > 1)}" for n in counts) + " |"
    yield "|---|---|" + "--:|" * len(counts)
    for workload, server in dict.fromkeys((w, s) for w, s, _ in by):
        cells = [f"{by[workload, server, n]:,.0f}" if (workload, server, n) in by else ""
                 for n in counts]
        yield f"| {workload} | {server} | " + " | ".join(cells) + " |"


def table_of_lines(rows):
    yield "| turns a request | lines | data | written by |"
    yield "|--:|--:|---|---|"
    for turns, count, data, writers, ours in rows:
        by = ", ".join(f"`{name}`" for name in writers)
        yield f"| {turns:.2f} | {count:,} | `{data}` | {by}{' (the module)' if ours else ''} |"


def report(folder):
    measured, details = [], []
    for part in sorted(folder.glob("cpus-*"), key=lambda path: int(path.name[5:])):
        rows = json.loads((part / "sharing.json").read_text())
        measured += rows
        for row, (count, lines) in zip(rows, sections(part / "lines.txt"), strict=True):
            row["instructions"] = count
            name = f"{row['workload']}-{row['server']}.kallsyms"
            found = shared(lines, Symbols(part / "raw" / name), row["requests"])
            details += ["", f"## {row['workload']}, {row['server']}, {row['cpus']} CPU"
                        f"{'s' * (row['cpus'] > 1)}", "",
                        f"All lines together change hands "
                        f"{sum(line[1] for line in lines) / row['requests']:.2f} times a request.",
                        "", *table_of_lines(found)]
    text = ["# Work a request on several CPUs, and the lines they take from each other", "",
            "`tools/bench/run --sharing --cpus N`: a client bound to each CPU, instructions of all",
            "CPUs together, clients and their beginning included. A line of 64 bytes changes",
            "hands when another CPU writes it than the one that wrote it last.", "",
            *table_of_work(measured), *details]
    (folder / "sharing.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    report(Path(sys.argv[1]))
