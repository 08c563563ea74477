# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
A server with clients of every kind while everything is done to it that is done to servers: is any
byte wrong, is a connection lost, does anything grow?

In rounds. Of each all processes end, and then the kernel's memory is looked at: with the server
loaded, without a connection and with an empty cache. This process makes no request of its own.
"""

import argparse
import collections
import json
import os
import sys
import time
import traceback

import kernel_log
import khttpd
import operations
import system
from folder import Folder
from kernel_memory import Sample, slope
from load import ROOT, Load, make_site
from operations import OPERATIONS, PARAMETERS
from signs import BROKEN, OVER, Signs

# KiB that what is in objects of slabs, and in pages outside of them, may rise by from end to end.
# The debug kernel keeps a stack for each place that allocates, and a record of each object.
GROWTH = {"in_objects": 8 << 10, "pages": 24 << 10} if khttpd.DEBUG else \
    {"in_objects": 256, "pages": 1 << 10}
PAUSE = 0.2  # seconds between two operations


def fork(work, *arguments):
    """A process that does this, and a file with what it returns, as JSON."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.close(reader)
            with open(writer, "w", encoding="utf-8") as file:
                json.dump(work(*arguments), file)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    os.close(writer)
    return process, open(reader, encoding="utf-8")


def result_of(child):
    process, file = child
    with file:
        text = file.read()
    _, status = os.waitpid(process, 0)
    if status or not text:
        return {"wrong": [f"a process of the test ended with {status:#x}"]}
    return json.loads(text)


def operate(signs, first, seconds):
    """The operations number `first` and on, as far as there is time."""
    end = time.monotonic() + seconds
    possible = [operation for operation in OPERATIONS if not operation.lacks()]
    counts, took, wrong = collections.Counter(), collections.Counter(), []
    number = first
    while time.monotonic() < end and not wrong:
        operation = possible[number % len(possible)]
        start = time.monotonic()
        try:
            operation.work(signs, number // len(possible))
        except Exception as error:
            traceback.print_exc()
            wrong.append(f"{start:.1f} {operation.name}: {error!r:.300}")
        number += 1
        counts[operation.name] += 1
        took[operation.name] += time.monotonic() - start
        time.sleep(PAUSE)
    return {"operations": counts, "took": took, "wrong": wrong, "next": number}


def what_is_held():
    """Once every CPU has received something: until then it keeps packets that another one is
    through with."""
    def held():
        for _ in system.on_each_processor():
            operations.served()
        return {name: value for name, value in khttpd.status().items()
                if name.startswith("held_") and name.endswith("_bytes") and value}
    khttpd.wait_for(lambda: not held(), 20)
    left = held()
    return {"wrong": [f"held though nobody is there: {left}"] if left else []}


def is_wanted(operation):
    """Whether this kernel is one that has to be able to."""
    if operation.work is operations.allocations_fail:
        return khttpd.FAULTS
    return khttpd.KERNEL == "stock"


class Soak:
    def __init__(self, args):
        self.args = args
        self.signs = Signs()
        self.counts = collections.Counter()
        self.done = collections.Counter()
        self.took = collections.Counter()
        self.samples = []
        self.wrong = []
        self.next = 0
        self.log = kernel_log.Reader()
        self.possible = sum(not operation.lacks() for operation in OPERATIONS)
        self.wrong += [f"{operation.name} cannot be done: {operation.lacks()}"
                       for operation in OPERATIONS if operation.lacks() and is_wanted(operation)]

    def round(self, seconds):
        """Clients and operations for so long."""
        loads = [fork(Load(self.signs).run, self.args.threads)
                 for _ in range(self.args.processes)]
        found = result_of(fork(operate, self.signs, self.next, seconds))
        # An operation that failed may have left the sign up.
        self.signs.take_down(BROKEN)
        self.signs.put_up(OVER)
        for load in loads:
            result = result_of(load)
            self.counts.update(result.get("counts", {}))
            self.wrong += result["wrong"]
        self.signs.take_down(OVER)
        self.wrong += found["wrong"]
        self.next = found.get("next", self.next)
        self.done.update(found.get("operations", {}))
        self.took.update(found.get("took", {}))

    def rest(self):
        """Nothing is under way, and the server holds nothing for anybody: a sample."""
        if not khttpd.loaded():
            self.wrong.append("the module is not loaded")
            return
        if not khttpd.wait_idle(60):
            self.wrong.append(f"{khttpd.status()['connections_active']} connections do not end")
        operations.apply(cache_size=0, cache_max_file=0, access_log=0)
        found = result_of(fork(what_is_held))
        self.wrong += found["wrong"]
        self.samples.append(Sample())
        operations.apply(cache_size=65536, cache_max_file=1024)

    def look_at_log(self):
        self.wrong += [f"kernel log: {line}"
                       for line in kernel_log.reports_in("\n".join(self.log.lines()))]

    def report(self, left):
        if not self.samples:
            return
        sample = self.samples[-1]
        print(f"soak: {max(0, left):5.0f} s left, {self.next // self.possible} turns, "
              f"{self.counts['bytes compared'] >> 20} MiB compared, "
              f"{sum(n for name, n in self.counts.items() if name.startswith('expected'))} "
              f"connections ended in trouble, kernel {sample.kernel >> 10} KiB, "
              f"in objects {sample.in_objects >> 10}, pages {sample.pages >> 10}, "
              f"wrong: {len(self.wrong)}", flush=True)

    def judge_memory(self):
        """The first round leaves for good what the first of everything makes."""
        samples = self.samples[1:]
        if len(samples) < 2:
            self.wrong.append("too short to see whether memory grows")
            return
        for name, once in GROWTH.items():
            most = once * self.args.slack
            values = [getattr(sample, name) >> 10 for sample in samples]
            # One sample may be high; the line through all of them tells.
            rise = slope(values) * (len(values) - 1)
            if max(rise, values[-1] - values[0], (max(values) - min(values)) / 2) > most:
                self.wrong.append(f"{name}: {values[0]} KiB became {values[-1]}, {rise:.0f} more by"
                                  f" the line through {len(values)} samples, {min(values)} to "
                                  f"{max(values)}: " + ", ".join(samples[-1].grown(samples[0])))

    def goes_on(self, end):
        if self.args.turns:
            return self.next < self.args.turns * self.possible
        return time.monotonic() < end

    def run(self):
        args = self.args
        began = time.monotonic()
        end = began + args.seconds
        while not self.wrong and (len(self.samples) < 3 or self.goes_on(end)):
            self.round(args.round)
            self.rest()
            self.look_at_log()
            self.report(end - time.monotonic())
        self.judge_memory()
        return time.monotonic() - began


def table(soak, seconds):
    """What was done, and how it went."""
    yield f"{seconds:.0f} s in {len(soak.samples)} rounds"
    for operation in OPERATIONS:
        times = soak.done[operation.name]
        text = f"skipped: {operation.lacks()}" if operation.lacks() else \
            f"{times} times, {soak.took[operation.name] / (times or 1):.2f} s each"
        yield f"  {operation.name:32} {text}"
    for name, number in sorted(soak.counts.items()):
        yield f"  {name:32} {number}"
    yield f"  memory at rest (KiB): {'kernel':>10} {'objects':>10} {'pages':>10} {'khttpd':>8}"
    samples = soak.samples
    shown = sorted({0, 1, len(samples) // 4, len(samples) // 2, len(samples) * 3 // 4,
                    len(samples) - 1} & set(range(len(samples))))
    for number in shown:
        sample = samples[number]
        yield f"    after round {number + 1:<9} {sample.kernel >> 10:10} " \
              f"{sample.in_objects >> 10:10} {sample.pages >> 10:10} {sample.own >> 10:8}"
    for name in GROWTH if len(samples) > 2 else ():
        values = [getattr(sample, name) >> 10 for sample in samples[1:]]
        yield f"    {name}: slope {slope(values):.1f} KiB a round, {min(values)} to {max(values)}"
    if len(samples) > 1:
        yield "    more than after round 2: " + ", ".join(samples[-1].grown(samples[1]))
    for line in soak.wrong[:20]:
        yield "  WRONG: " + line


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3600, help="3600, unless --turns is given")
    parser.add_argument("--turns", type=int,
                        help="of all operations, however long they take (as many as there is time)")
    parser.add_argument("--round", type=int, help="seconds (60, and at least six rounds)")
    parser.add_argument("--slack", type=int, default=1,
                        help="memory may rise by so many times what it may in an hour (1)")
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--threads", type=int, default=3, help="clients in each")
    args = parser.parse_args()
    args.round = args.round or max(10, min(60, args.seconds // 6))
    with Folder(ROOT) as folder:
        make_site(folder)
        folder.settle()
        assert khttpd.load(**PARAMETERS) == 0
        soak = Soak(args)
        try:
            seconds = soak.run()
            soak.look_at_log()
        finally:
            os.unlink(ROOT + "-link")
            if khttpd.loaded():
                assert khttpd.unload() == 0
        soak.look_at_log()
    print("\n".join(["soak: " + ("WRONG" if soak.wrong else "good"), *table(soak, seconds)]))
    return 1 if soak.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
