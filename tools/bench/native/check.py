#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Checks a folder of tools/bench/run --native, as it goes to artifacts/; writes its summary.

Usage: tools/bench/native/check.py DIR
"""
import json
import re
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(BENCH))
import plan  # noqa: E402

# What tells of the machine's owner and not of the machine.
PRIVATE = (("a home directory", re.compile(r"/home/\w+|/root/\w+")),
           ("an address", re.compile(r"\b(?!127\.|0\.0\.0\.0)\d+\.\d+\.\d+\.\d+\b(?!-)")))
TEXTS = (".json", ".md", ".txt", ".log")


def texts(folder):
    return [path for path in sorted(folder.rglob("*")) if path.suffix in TEXTS]


def wrong_results(results):
    if results["label"] != "native":
        yield f"results.json is of a run that is {results['label']}, not native"
    entries = {(r["server"], r["workload"]): r for r in results["results"]}
    for (server, workload), entry in entries.items():
        if "failed" in entry:
            yield f"{workload}, {server}: {entry['failed']}"
        elif entry["rps"] <= 0 or sum(entry["errors"].values()):
            yield f"{workload}, {server}: {entry['rps']} requests/s, errors {entry['errors']}"
    for workload in {workload for _, workload in entries}:
        if ("khttpd", workload) not in entries:
            yield f"{workload}: nothing of khttpd"
        if not any((peer, workload) in entries for peer in plan.PEERS):
            yield f"{workload}: no other server beside khttpd"


def wrong_machine(machine):
    for name in ("model", "cpus", "kernel", "governor", "mitigations", "findings"):
        if name not in machine:
            yield f"machine.json does not have {name}"


def wrong_texts(folder):
    for path in texts(folder):
        for what, pattern in PRIVATE:
            found = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
            if found:
                yield f"{path.relative_to(folder)} has {what}: {found[0]}"


def loaded(folder, name):
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.exit(f"check: {folder / name}: {error}")


def main():
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 64
    folder = Path(sys.argv[1])
    failed = 0
    for what, wrong in (("results", wrong_results(loaded(folder, "results.json"))),
                        ("machine", wrong_machine(loaded(folder, "machine.json"))),
                        ("texts", wrong_texts(folder))):
        found = list(wrong)
        print(f"{'FAIL' if found else 'ok  '} {what}")
        for text in found:
            print(f"     {text}")
        failed += bool(found)
    if not failed:
        subprocess.run([sys.executable, str(BENCH / "report.py"), str(folder)], check=True)
    print(f"{3 - failed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
