# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The machine's side of tests/vm/overload: brings user space into trouble when it is told so.

It reads words from the serial line and answers there. Its own priority is real time, so that it is
heard; what it starts is not. Its arguments are the module's parameters."""

import ctypes
import glob
import os
import re
import signal
import subprocess
import sys
import time

from system import write

TRACE = "/sys/kernel/tracing"
BOMB = "b() { b | b & }; while :; do b; sleep 0.1; done"
GREED = "while :; do tail /dev/zero; done"
# As the package starts it, but for what it writes.
NGINX = """
worker_processes auto;
pid /tmp/nginx.pid;
error_log /tmp/nginx-error.log;
events { worker_connections 768; }
http {
    access_log off;
    server {
        listen 8082;
        location / { return 200 "Hello World!\\n"; }
    }
}
"""


def console():
    """The device of the serial line, which the kernel has as its own."""
    with open("/sys/class/tty/console/active", encoding="ascii") as file:
        return "/dev/" + file.read().split()[-1]


def say(text):
    with open(console(), "w", encoding="ascii") as line:
        line.write("overload: " + text + "\n")


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def as_usual():
    """A child is an ordinary process."""
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    write("/proc/self/oom_score_adj", "0")


def as_victim():
    """Also the first that the kernel kills for want of memory."""
    as_usual()
    write("/proc/self/oom_score_adj", "1000")


def start(script):
    return subprocess.Popen(["sh", "-c", script], preexec_fn=as_victim, stdin=subprocess.DEVNULL,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def start_nginx():
    with open("/tmp/nginx.conf", "w", encoding="ascii") as file:
        file.write(NGINX)
    subprocess.run(["nginx", "-c", "/tmp/nginx.conf"], check=True, preexec_fn=as_usual)


def start_reading():
    """Programs, which nobody can start where they are no longer in memory: it is a fork alone."""
    if os.fork() == 0:
        as_usual()
        for path in glob.glob("/usr/bin/*"):
            with open(path, "rb") as file:
                file.read()
        os._exit(0)


def threads_named(pattern):
    for path in glob.glob("/proc/[0-9]*/comm"):
        with open(path, encoding="utf-8") as file:
            if re.match(pattern, file.read()):
                yield int(path.split("/")[2])


def set_up(setting):
    if setting == "ksoftirqd":
        names = "ksoftirqd/"
    elif setting == "threaded":
        write("/sys/class/net/eth0/threaded", "1")
        names = "napi/"
    else:
        return
    for pid in threads_named(names):
        os.sched_setscheduler(pid, os.SCHED_FIFO, os.sched_param(1))


def enter(state):
    if state == "bomb":
        start(BOMB)
    elif state == "memory":
        for _ in range(4):
            start(GREED)
    elif state == "readonly":
        # As after an error of the disk: with files open for writing.
        write("/proc/sysrq-trigger", "u")
    elif state == "hung":
        write("/proc/sys/vm/drop_caches", "3")
        start_reading()
    elif state == "killed":
        os.kill(-1, signal.SIGKILL)
    elif state == "stopped":
        os.kill(-1, signal.SIGSTOP)
        say("ready")
        os.kill(os.getpid(), signal.SIGSTOP)


def trace():
    """Wake-ups of what serves, and when it got a processor."""
    ours = 'comm ~ "ksoftirqd*" || comm ~ "kworker*" || comm ~ "khttpd*" || comm ~ "napi*"'
    write(TRACE + "/buffer_size_kb", "16384")
    write(TRACE + "/events/sched/sched_wakeup/filter", ours)
    write(TRACE + "/events/sched/sched_switch/filter", ours.replace("comm", "next_comm"))
    for event in ("sched_wakeup", "sched_switch"):
        write(f"{TRACE}/events/sched/{event}/enable", "1")


def report():
    """The longest waits for a processor, by thread."""
    write(TRACE + "/tracing_on", "0")
    woken, waits = {}, []
    line_of = re.compile(r"\s(\d+\.\d+): (sched_wakeup|sched_switch): (.*)")
    with open(TRACE + "/trace", encoding="utf-8", errors="replace") as file:
        for line in file:
            found = line_of.search(line)
            if not found:
                continue
            at, event, rest = float(found[1]), found[2], found[3]
            if event == "sched_wakeup":
                name = re.search(r"comm=(\S+) pid=(\d+)", rest)
                woken.setdefault(name[2], at)
            else:
                name = re.search(r"next_comm=(\S+) next_pid=(\d+)", rest)
                if name[2] in woken:
                    waits.append((at - woken.pop(name[2]), name[1], at))
    longest = {}
    for wait, name, at in waits:
        longest.setdefault(name, []).append((wait, at))
    for name, values in sorted(longest.items(), key=lambda item: -max(item[1])[0])[:12]:
        values.sort(reverse=True)
        say(f"{name}: {len(values)} waits, the longest (ms): "
            + " ".join(f"{wait * 1000:.1f}@{at:.2f}" for wait, at in values[:4]))


def main():
    ctypes.CDLL(None, use_errno=True).mlockall(3)
    os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(50))
    write("/proc/self/oom_score_adj", "-1000")
    run("ip", "addr", "add", "10.0.2.15/24", "dev", "eth0")
    run("ip", "link", "set", "eth0", "up")
    run("ip", "route", "add", "default", "via", "10.0.2.2")
    os.mkdir("/tmp/site")
    with open("/tmp/site/file", "w", encoding="ascii") as file:
        file.write("content\n" * 128)
    run("insmod", "khttpd.ko", *sys.argv[1:])
    if os.environ["KH_BESIDE"] == "1":
        start_nginx()
    say("loaded")
    with open(console(), encoding="ascii") as line:
        for words in map(str.split, line):
            if words == ["trace"]:
                trace()
                say("traced")
            elif words == ["report"]:
                report()
                say("reported")
            elif len(words) == 2:
                set_up(words[0])
                enter(words[1])
                say("ready")


if __name__ == "__main__":
    try:
        main()
    except Exception as error:  # the other side has to hear of it
        say(f"failed: {error!r}")
        time.sleep(1)
        raise
