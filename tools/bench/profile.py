#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Turns the text of perf report (OUT/raw/WORKLOAD-SERVER.perf.txt) into profile.md: instructions a
request, by part and by function.

Shares of the samples are multiplied with the instructions of a request, which results.json of a
run without perf tells: sampling itself costs, and would count.
"""
import argparse
import json
import re
from pathlib import Path

LINE = re.compile(r"\s+[\d.]+%\s+(\d+)\s+(\S+)\s+\[(.)\]\s+(.*\S)\s*$")
OURS = re.compile(r"khttpd|^kh_|^raw_(?!local_deliver|spin|rcv|v4)")
PARTS = ["client (wrk and its libraries)", "system calls, TCP, IP and scheduling of both ends",
         "the server itself"]


def load(path):
    """{(part, function): samples}"""
    found = {}
    for line in path.read_text().splitlines():
        match = LINE.match(line)
        if not match:
            continue
        samples, mode, name = int(match[1]), match[3], re.sub(r"\s+-\s+-$", "", match[4])
        name = name.strip().replace("(anonymous namespace)::", "").split("(")[0]
        part = 0 if mode == "." else 2 if OURS.search(name) else 1
        if mode == ".":
            name = f"{match[2]}: {name}"
        found[part, name] = found.get((part, name), 0) + samples
    return found


def rate_of(results, workload, server):
    for entry in results["results"]:
        if (entry["workload"], entry["server"]) == (workload, server) and "rps" in entry:
            return entry["rps"]
    return None


def section(workload, server, found, instructions):
    total = sum(found.values())
    each = {key: samples * instructions / total for key, samples in found.items()}
    text = [f"## {workload}, {server}: {instructions:,.0f} instructions a request", "",
            "| part | instructions | share |", "|---|--:|--:|"]
    for part, title in enumerate(PARTS):
        value = sum(v for (p, _), v in each.items() if p == part)
        text.append(f"| {title} | {value:,.0f} | {100 * value / instructions:.1f} % |")
    text += ["", "| function | instructions |", "|---|--:|"]
    ordered = sorted(each.items(), key=lambda item: -item[1])
    text += [f"| `{name}`{' (server)' if part == 2 else ''} | {value:,.0f} |"
             for (part, name), value in ordered[:30]]
    text += ["", "The server's own functions beyond these:", "", "| function | instructions |",
             "|---|--:|"]
    shown = {key for key, _ in ordered[:30]}
    text += [f"| `{name}` | {value:,.0f} |" for (part, name), value in ordered
             if part == 2 and (part, name) not in shown]
    return text + [""]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path, help="directory with raw/*.perf.txt")
    parser.add_argument("results", type=Path, help="results.json of a run without perf")
    options = parser.parse_args()
    results = json.loads(options.results.read_text())
    text = ["# Instructions by function", ""]
    for path in sorted(options.out.glob("raw/*.perf.txt")):
        workload, server = path.name[:-len(".perf.txt")].split("-", 1)
        rate = rate_of(results, workload, server)
        found = load(path)
        if rate and found:
            text += section(workload, server, found, 1e9 / rate)
    (options.out / "profile.md").write_text("\n".join(text))


if __name__ == "__main__":
    main()
