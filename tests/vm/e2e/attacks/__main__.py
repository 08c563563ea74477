# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
The attacks one after the other, on khttpd and on nginx, as a table; other than 0 if khttpd fails.

Started by tests/vm/attack, in a machine of one processor whose clock counts instructions. The
attackers have the least of the scheduler's priorities and the client the highest, so that what it
waits for is the server.
"""

import argparse
import os
import sys

from system import write

from attacks import kinds, measure, site, verdict
from attacks.servers import SERVERS


def parse_arguments():
    parser = argparse.ArgumentParser(prog="attacks", description=__doc__)
    parser.add_argument("--only", action="append", metavar="WORD",
                        help="attacks with this in their names")
    parser.add_argument("--server", action="append", choices=[s.name for s in SERVERS])
    parser.add_argument("--seconds", type=float, default=1, help="each is measured for (1)")
    parser.add_argument("--part", type=float, default=1, help="of connections and files (1)")
    parser.add_argument("--any-clock", action="store_true", help="times are not judged")
    parser.add_argument("--out", metavar="FILE", help="the table goes here as well")
    parser.add_argument("--counts", metavar="FILE", help="so do the counts of passed and failed")
    return parser.parse_args()


class Table:
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8") if path else None
        self.say(verdict.HEADER)

    def say(self, line):
        print(line, flush=True)
        if self.file:
            print(line, file=self.file, flush=True)


def main():
    args = parse_arguments()
    write("/proc/sys/kernel/sched_rt_runtime_us", -1)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
    # nginx goes first: khttpd's row is judged by its.
    servers = [s for s in reversed(SERVERS) if not args.server or s.name in args.server]
    passed, failed = 0, []
    with site.Site(args.part) as made:
        wanted = [attack for attack in kinds.attacks(made)
                  if not args.only or any(word in attack.name for word in args.only)]
        table = Table(args.out)
        with measure.machine(any(attack.network for attack in wanted)):
            for attack in wanted:
                nginx = None
                for server in servers:
                    row = measure.run(attack, server, attack.number(args.part),
                                      max(args.seconds, attack.seconds))
                    table.say(verdict.line_of(row, nginx))
                    if server.name == "nginx":
                        nginx = row
                        continue
                    wrong = list(verdict.faults(row, nginx, not args.any_clock))
                    passed += not wrong
                    failed += [f"FAILED: {attack.name}: {one}" for one in wrong[:1]]
                    for one in wrong:
                        print(f"FAILED: {attack.name}: {one}", flush=True)
    for one in failed:
        print(one)
    if args.counts:
        write(args.counts, f"{passed} {len(failed)}\n")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
