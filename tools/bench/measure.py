#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Measures the servers of plan.py on this machine, which may be a virtual one, as root.

Starts one server at a time, checks that it answers a request of the workload with the right
content, lets wrk ask it, and writes OUT/results.json and OUT/raw/.
"""
import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import attack
import cold
import machine
import openloop
import plan
import sharing
from machine import run
from native import counters
from service import Service, floor_as, probe

HERE = Path(__file__).resolve().parent
WRK = "wrk"
# What counts as memory that nothing needs.
UNNEEDED = ("MemFree", "Buffers", "Cached", "SReclaimable")


def say(text):
    print(f"bench: {text}", flush=True)


def make_docroot(root):
    """The files that are served, a thousand a folder; 100,000 names in more/ share ten inodes."""
    root = Path(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "hello.txt").write_bytes(plan.PAGE)
    for name, size in plan.SIZES.items():
        with open(root / f"{name}.html", "wb") as file:
            file.writelines(plan.content(size))
    page = b"".join(plan.content(plan.SIZES["1k"]))
    for folder, count, inodes in (("many", 10000, 10000), ("more", 100000, 10)):
        for i in range(count):
            path = root / folder / f"{i // 1000:02d}" / f"{i:05d}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            if i < inodes:
                path.write_bytes(page)
            else:
                os.link(root / folder / "00" / f"{i % inodes:05d}.html", path)
    for path in [root, *root.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def wrk_command(server, workload, options, seconds, order="random"):
    """wrk's arguments for the workload; its script is left in the run directory."""
    script = (HERE / "lua" / "common.lua").read_text()
    if workload.script:
        script += (HERE / "lua" / workload.script).read_text()
    path = options.run / f"{workload.name}.lua"
    path.write_text(script)
    threads = min(options.threads, workload.connections)
    command = [WRK, f"-t{threads}", f"-c{workload.connections}", f"-d{seconds}s", "--latency",
               "--timeout", "10s", "-s", str(path)]
    for name, value in plan.fields_of(server, workload).items():
        command += ["-H", f"{name}: {value}"]
    target = workload.path or ("/" if workload.files else server.page)
    command.append(f"http://127.0.0.1:{server.port}{target}")
    if workload.files:
        command += ["--", workload.files[0], str(workload.files[1]), order]
    return command


def run_wrk(command, seconds):
    text = run(*command, timeout=seconds * 300 + 300)
    line = [l for l in text.splitlines() if l.startswith("JSON ")]
    if not line:
        raise OSError("wrk: " + " ".join(text.split())[:200])
    return json.loads(line[0][5:]), text


class Beside:
    """A wrk beside the one that is measured, while the object is used as a context."""

    def __init__(self, server, script, connections, *arguments):
        self.command = [WRK, "-t1", f"-c{connections}", "-d3600s", "--timeout", "10s", "-s",
                        str(HERE / "lua" / script),
                        f"http://127.0.0.1:{server.port}{server.page}", "--",
                        *map(str, arguments)]
        self.port = server.port
        self.connections = connections
        self.process = None

    def established(self):
        text = run("ss", "-Htn", "state", "established", f"( sport = :{self.port} )")
        return text.count("\n")

    def not_accepted(self):
        """Established connections that the server has not taken from the kernel's queue."""
        text = run("ss", "-Hltn", f"( sport = :{self.port} )")
        return sum(int(line.split()[1]) for line in text.splitlines())

    def __enter__(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        seen = 0
        for _ in range(60):
            time.sleep(1)
            seen = self.established() - self.not_accepted()
            if seen >= self.connections:
                time.sleep(1)
                return self
        self.__exit__()
        raise OSError(f"only {seen} of {self.connections} connections were accepted")

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def beside(server, workload):
    """What goes on besides: connections that have asked once, or one whose requests never end."""
    if workload.idle:
        return Beside(server, "idle.lua", workload.idle, workload.idle)
    if workload.greedy:
        return Beside(server, "pipeline.lua", 1, workload.greedy)
    return contextlib.nullcontext()


class Bench:
    def __init__(self, options):
        self.options = options
        self.results = []
        self.replies = {}
        self.say = say

    def keep(self):
        """What there is so far, should the machine be ended before all is measured."""
        if self.options.keep:
            with tarfile.open(self.options.keep, "w") as kept:
                kept.add(self.options.out, ".")

    def seconds_of(self, workload):
        """Short and long run: opening many connections is taken out by the difference."""
        base = self.options.seconds
        if workload.connections < 1000:
            return (base,)
        ramp = 1 + workload.connections // 3000
        return (ramp, ramp + base)

    def check(self, server, workload):
        """The reply that each of the workload's requests gets."""
        raw = server.module == "khbench_raw"
        if raw and workload.path and workload.name not in self.replies:
            raise OSError("sends what khttpd has sent, which was not asked before")
        if raw:
            floor_as(self.replies.get(workload.name), server, workload)
        reply = probe(server, workload)
        if server.name == "khttpd":
            self.replies[workload.name] = reply
        elif raw and reply != self.replies.get(workload.name, reply):
            raise OSError("the floor does not send what khttpd sends")
        return reply

    @contextlib.contextmanager
    def served(self, server, workload):
        """The server runs and has answered once."""
        extra = self.module_params(workload) if server.module == "khttpd" else ()
        with Service(server, self.options, extra):
            self.check(server, workload)
            yield

    def client(self, server, workload):
        return wrk_command(server, workload, self.options, self.options.seconds)

    def measure(self, server, workload):
        result = {}
        reply = self.check(server, workload)
        if workload.files:
            self.warm_files(server, workload)
        before = machine.free_bytes(*UNNEEDED) if workload.idle else 0
        with beside(server, workload):
            if workload.idle:
                taken = before - machine.free_bytes(*UNNEEDED)
                result["idle_bytes"] = round(taken / workload.idle)
            result.update(self.measure_rate(server, workload))
        result["reply_bytes"] = len(reply.head) + reply.size
        if workload.path and workload.size >= plan.LARGE:
            result["rps"] = result.pop("bytes_a_second") / result["reply_bytes"]
        return result

    def warm_files(self, server, workload):
        """Each file is read and then asked for once, but where first requests are measured: neither
        the disk counts nor what a server has to do for a file it has not seen."""
        self.read_files(workload)
        if workload.first:
            return
        # The slowest server needs as long as this.
        seconds = self.options.seconds * {10000: 5, 100000: 20}.get(workload.files[1], 1)
        run_wrk(wrk_command(server, workload, self.options, seconds, "sequential"), seconds)

    def read_files(self, workload):
        prefix, count = workload.files
        folder = Path(f"{self.options.docroot}{prefix}")
        for i in range(count):
            with open(folder / f"{i // 1000:02d}" / f"{i:05d}.html", "rb", 0) as file:
                file.read()

    def measure_rate(self, server, workload):
        runs, texts = [], []
        for seconds in self.seconds_of(workload):
            command = wrk_command(server, workload, self.options, seconds)
            data, text = self.run_client(command, seconds)
            runs.append(data)
            texts.append("$ " + " ".join(f"'{c}'" if " " in c else c for c in command)
                         + "\n" + text)
        name = f"{workload.name}-{server.name}.txt"
        (self.options.out / "raw" / name).write_text("\n".join(texts))
        last = runs[-1]
        if len(runs) == 1:
            rate = last["requests"] * 1e6 / last["duration_us"]
        else:
            rate = (last["requests"] - runs[0]["requests"]) * 1e6 / (
                last["duration_us"] - runs[0]["duration_us"])
        result = {"rps": rate, "errors": last["errors"],
                  "bytes_a_second": last["bytes"] * 1e6 / last["duration_us"],
                  "p50_us": last["p50_us"],
                  "p99_us": last["p99_us"], "p999_us": last["p999_us"],
                  "command": texts[-1].split("\n")[0][2:]}
        if "counted" in last:
            result["a_request"] = {event: value / last["requests"]
                                   for event, value in last["counted"].items()}
        return result

    def run_client(self, command, seconds):
        """What hardware counts meanwhile as well, on hardware."""
        events = counters.available() if self.options.label == "native" else ()
        if not events:
            return run_wrk(command, seconds)
        path = self.options.run / "counted"
        data, text = run_wrk(counters.perf_stat(events, path, *command), seconds)
        return {**data, "counted": counters.read(path.read_text())}, text

    def record(self, server, workload):
        entry = {"server": server.name, "workload": workload.name,
                 "source": self.options.source}
        try:
            entry.update(self.measure(server, workload))
            errors = sum(entry["errors"].values())
            digits = 0 if entry["rps"] >= 100 else 2
            say(f"{workload.name:10} {server.name:14} {entry['rps']:10.{digits}f} requests/s"
                + (f"  {errors} errors" if errors else "")
                + (f"  {entry['idle_bytes']} bytes/idle" if "idle_bytes" in entry else ""))
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            entry["failed"] = str(error)
            say(f"{workload.name:10} {server.name:14} failed: {error}")
        self.results.append(entry)

    def module_params(self, workload):
        params = ["backlog=16384", "max_connections_per_address=1048576", "max_connections=1048576",
                  "keepalive_timeout=3600", "max_requests=4294967295"]
        files = workload.path or workload.files
        params.append(f"docroot={self.options.docroot if files else ''}")
        if workload.files and workload.files[1] > 20000:
            params.append("cache_size=1048576")
        return params

    def serve(self, server, workloads):
        """Runs the workloads; a module is loaded afresh for those with other parameters."""
        groups = {}
        for workload in workloads:
            key = tuple(self.module_params(workload)) if server.module == "khttpd" else ()
            groups.setdefault(key, []).append(workload)
        for extra, members in groups.items():
            try:
                with Service(server, self.options, extra):
                    if self.options.profile:
                        self.profile(server, members)
                    else:
                        for workload in members:
                            self.record(server, workload)
            except (OSError, subprocess.SubprocessError) as error:
                text = getattr(error, "output", None) or str(error)
                say(f"{server.name} failed: {text.strip()}")
                done = {(r["server"], r["workload"]) for r in self.results}
                self.results += [{"server": server.name, "workload": w.name,
                                  "failed": text.strip()}
                                 for w in members if (server.name, w.name) not in done]

    def profile(self, server, workloads):
        """Where the instructions go: perf samples the virtual clock, which counts them."""
        for workload in workloads:
            self.check(server, workload)
            if workload.files:
                self.warm_files(server, workload)
            raw = self.options.out / "raw"
            command = self.client(server, workload)
            run("perf", "record", "-q", "-a", "-N", "-B", "-e", "cpu-clock", "-F", "10000", "-o",
                str(raw / f"{workload.name}-{server.name}.perf"), "--", *command)
            # A module's symbols are gone with it; perf report works outside, where it is faster.
            (raw / f"{workload.name}-{server.name}.kallsyms").write_text(
                Path("/proc/kallsyms").read_text())
            say(f"profile of {workload.name} {server.name}")


def versions(servers):
    found = {"kernel": platform.release(), "wrk": run(WRK, "-v", check=False).split("\n")[0]}
    for server in servers:
        if server.version and shutil.which(server.version[0]):
            found[server.name] = run(*server.version, check=False).strip().split("\n")[0]
    return found


def chosen(items, names, what):
    known = [i.name for i in items]
    wanted = names.replace(",", " ").split() or known
    for name in wanted:
        if name not in known:
            sys.exit(f"bench: there is no {what} {name}; there are: {' '.join(known)}")
    return [i for i in items if i.name in wanted]


def installed(servers):
    missing = [s for s in servers if s.command and not shutil.which(s.command[0])]
    for server in missing:
        say(f"{server.name} is not installed: left out")
    return [s for s in servers if s not in missing]


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="directory for results")
    parser.add_argument("--modules", type=Path, help="directory of khttpd.ko and khbench_raw.ko")
    parser.add_argument("--keep", type=Path,
                        help="a tar file of the results, written anew after each server")
    parser.add_argument("--docroot", type=Path, default=Path("/srv/bench"),
                        help="files to serve; made when missing")
    parser.add_argument("--make-docroot", action="store_true", help="make the files and stop")
    parser.add_argument("--workloads", default="", help="names; all when empty")
    parser.add_argument("--servers", default="", help="names; all when empty")
    parser.add_argument("--seconds", type=int, default=1, help="of one run of wrk")
    parser.add_argument("--workers", type=int, default=1, help="of each server in user space")
    parser.add_argument("--threads", type=int, default=1, help="of wrk")
    parser.add_argument("--profile", action="store_true", help="perf instead of rates")
    parser.add_argument("--label", default="", help="kept in the results")
    parser.add_argument("--source", default="", help="state of the source, kept with each result")
    parser.add_argument("--attack", action="store_true",
                        help="what the servers hold while they are attacked, instead of rates")
    parser.add_argument("--sharing", action="store_true",
                        help="a client a CPU, for tools/bench/run --sharing, instead of rates")
    parser.add_argument("--cold", action="store_true",
                        help="files on a slow disk, for tools/bench/run --cold, instead of rates")
    parser.add_argument("--open-loop", default="",
                        help="latencies at these rates, with commas between, instead of rates")
    parser.add_argument("--client", type=Path, help="openloop/client.c, built")
    return parser.parse_args()


def main():
    options = parse()
    if options.make_docroot or not options.docroot.exists():
        make_docroot(options.docroot)
        if options.make_docroot:
            return
    (options.out / "raw").mkdir(parents=True, exist_ok=True)
    options.run = Path("/run/khttpd-bench")
    options.run.mkdir(exist_ok=True)
    machine.tune()
    workloads = chosen(plan.WORKLOADS, options.workloads, "workload")
    servers = chosen(plan.SERVERS, options.servers, "server")
    bench = Bench(options)
    if options.attack:
        attack.run_all(options, servers, Service, say)
        return
    if options.cold:
        cold.run_all(bench, servers, Service)
        return
    if options.sharing:
        sharing.run_all(bench, servers, workloads)
        return
    servers = installed(servers)
    if options.open_loop:
        openloop.run_all(bench, servers, workloads)
        return
    facts = {"versions": versions(servers), "seconds": options.seconds, "label": options.label,
             "cpus": os.cpu_count(), "workers": options.workers, "threads": options.threads,
             "results": bench.results}
    for server in servers:
        bench.serve(server, [w for w in workloads if plan.takes_part(server, w)])
        (options.out / "results.json").write_text(json.dumps(facts, indent=1))
        bench.keep()
    say("done")


if __name__ == "__main__":
    main()
