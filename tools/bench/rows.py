#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Adds what earlier runs left in a folder to the rows of a new one, which replace their like.

For tools/bench/run with --open-loop and --cold, whose servers may be measured in several runs.
"""
import argparse
import json
from pathlib import Path

import cold
import openloop

# The file: what tells its rows apart, its summary, and what makes that.
KINDS = {"openloop.json": (("server", "workload", "rate"), "openloop.md", openloop.summary),
         "cold.json": (("case", "server"), "cold.md", cold.summary)}


def merged(old, new, fields):
    """The old ones that are not replaced, then the new ones."""
    def key(row):
        return tuple(row[field] for field in fields)

    replaced = {key(row) for row in new}
    return [row for row in old if key(row) not in replaced] + new


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("earlier", type=Path, help="folder of earlier runs")
    parser.add_argument("results", type=Path, help="folder of the new one")
    options = parser.parse_args()
    for name, (fields, text, summary) in KINDS.items():
        old, new = options.earlier / name, options.results / name
        if old.exists() and new.exists():
            rows = merged(json.loads(old.read_text()), json.loads(new.read_text()), fields)
            new.write_text(json.dumps(rows, indent=1))
            (options.results / text).write_text(summary(rows))


if __name__ == "__main__":
    main()
