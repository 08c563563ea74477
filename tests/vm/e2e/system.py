# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What tests do to the machine: settings, what is mounted, processors that a process has taken."""

import contextlib
import os
import subprocess

import khttpd

# Of a process that takes a processor.
PRIORITY = 50


def write(path, value):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(value))


@contextlib.contextmanager
def setting(path, value):
    """A file of /proc or /sys has this value meanwhile."""
    with open(path, encoding="ascii") as file:
        before = file.read()
    write(path, value)
    try:
        yield
    finally:
        write(path, before)


@contextlib.contextmanager
def mounted(what, where, *options):
    """`options` are mount's."""
    subprocess.run(["busybox", "mount", *options, what, where], check=True)
    try:
        yield
    finally:
        # The kernel closes a file that was sent a moment after the reply (delayed_fput()).
        assert khttpd.wait_for(
            lambda: subprocess.run(["busybox", "umount", where], check=False).returncode == 0)


def on_each_processor():
    """This thread is on one processor after the other."""
    before = os.sched_getaffinity(0)
    try:
        for processor in before:
            os.sched_setaffinity(0, {processor})
            yield processor
    finally:
        os.sched_setaffinity(0, before)


def tasks_named(names):
    """The ids of the kernel's threads of these names, as far as there are any."""
    for task in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError), \
                open(f"/proc/{task}/comm", encoding="ascii", errors="replace") as file:
            if file.read().strip() in names:
                yield int(task)


@contextlib.contextmanager
def kernel_first(processor):
    """
    Before 6.5 softirqs are left to ksoftirqd once that runs. Behind a real-time process it would
    not: a connect() would wait, in which others get the processor, and no grace period would end.
    With PREEMPT_RT there are threads for timers and RCU as well.
    """
    tasks = list(tasks_named({f"{name}/{processor}" for name in ("ksoftirqd", "ktimers", "rcuc")}))
    before = [(os.sched_getscheduler(task), os.sched_getparam(task)) for task in tasks]
    for task in tasks:
        os.sched_setscheduler(task, os.SCHED_FIFO, os.sched_param(PRIORITY + 1))
    try:
        yield
    finally:
        for task, (policy, parameter) in zip(tasks, before):
            os.sched_setscheduler(task, policy, parameter)


def realtime_process(processor, work):
    """Starts work(ready) on the processor, at real-time priority; its id once ready() is called."""
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        status = 1
        try:
            os.sched_setaffinity(0, {processor})
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
            work(lambda: os.write(writer, b"x"))
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    try:
        assert os.read(reader, 1) == b"x"
    finally:
        os.close(reader)
    return process


@contextlib.contextmanager
def processor_taken_by(work):
    """work(ready) has the last processor to itself; the context is on the first one meanwhile."""
    processors = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, set(processors[:1]))
    with kernel_first(processors[-1]):
        try:
            process = realtime_process(processors[-1], work)
            yield
        finally:
            os.sched_setaffinity(0, processors)
        assert os.waitpid(process, 0)[1] == 0
