# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""In the machine: sends every case to every server and writes what came of it to /results."""

import json
import sys
import time

sys.path[:0] = ["/input/e2e", "/input/corpus"]

import corpus  # noqa: E402
import exchange  # noqa: E402
import khttpd  # noqa: E402
import mutations  # noqa: E402
from servers import PORTS, Servers  # noqa: E402

QUIET = 1.5
# Of an input that no one but a reader of the results sees.
SHOWN = 2000


def main():
    seed = int(sys.argv[1])
    cases = mutations.all_cases(corpus.load(), seed)
    inputs = [case.data for case in cases]
    told = {}
    with Servers() as servers:
        for name, port in PORTS.items():
            start = time.monotonic()
            told[name] = exchange.outcomes(port, inputs, khttpd.scaled(QUIET))
            print(f"peers: {name} {servers.versions[name]}: {len(cases)} requests in "
                  f"{time.monotonic() - start:.0f} s", flush=True)
        versions = servers.versions
    with open("/results/exchanges.json", "w", encoding="ascii") as file:
        json.dump({"seed": seed, "versions": versions, "outcomes": told, "cases": [
            [case.family, case.name, case.data[:SHOWN].decode("latin-1")] for case in cases]}, file)


if __name__ == "__main__":
    main()
