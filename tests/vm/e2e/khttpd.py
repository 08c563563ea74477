# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The module as root sees it: load, unload, counters, parameters, and its kernel-log lines."""

import ctypes
import errno
import os
import re
import time

import kernels
import syscalls

MODULE = os.environ.get("KH_MODULE", "/input/khttpd.ko")
PARAMETERS = "/sys/module/khttpd/parameters/"
SERVER_FILE = "/proc/net/khttpd/server"
PORT = 8081
KERNEL = os.environ.get("KH_KERNEL", "stock")
BARE = KERNEL in kernels.BARE
DEBUG = KERNEL in kernels.SLOW
FAULTS = KERNEL in kernels.FAULTS
# Every test, each as often and as large as it is meant to be.
WHOLE = os.environ.get("KH_WHOLE") == "1"

_libc = ctypes.CDLL(None, use_errno=True)


def _measure():
    start = time.perf_counter()
    total = 0
    for number in range(200000):
        total += number
    return time.perf_counter() - start


# How much slower this machine is than a common one; deadlines grow with it.
SCALE = min(max(min(_measure() for _ in range(3)) / 0.012, 1.0), 20.0) * (2 if DEBUG else 1)


def fewer(times):
    """A third on debug kernels, which are slow and see more; all in a whole run."""
    return times if WHOLE or not DEBUG else times // 3


def scaled(seconds):
    return seconds * max(1.0, SCALE / 4)


def load(**parameters):
    """0 or the errno that the load failed with."""
    text = " ".join(f'{name}="{value}"' for name, value in parameters.items())
    fd = os.open(MODULE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        ctypes.set_errno(0)
        if _libc.syscall(syscalls.FINIT_MODULE, fd, text.encode(), 0) == 0:
            return 0
        return ctypes.get_errno()
    finally:
        os.close(fd)


def _delete():
    ctypes.set_errno(0)
    if _libc.syscall(syscalls.DELETE_MODULE, b"khttpd", os.O_NONBLOCK) == 0:
        return 0
    return ctypes.get_errno()


def unload():
    """0 or an errno. A reference that passes within two seconds is waited for, and told."""
    start = time.monotonic()
    error = _delete()
    while error == errno.EAGAIN and time.monotonic() - start < scaled(2):
        time.sleep(0.01)
        error = _delete()
        if not error:
            print(f"unload: in use for {time.monotonic() - start:.2f} s")
    return error


def loaded():
    return os.path.isdir("/sys/module/khttpd")


def parameter(name):
    """As the module was loaded with it."""
    with open(PARAMETERS + name, encoding="utf-8") as file:
        return file.read().rstrip("\n")


def status():
    counters = {}
    with open("/proc/net/khttpd/status", encoding="utf-8") as file:
        for line in file:
            name, _, value = line.rstrip("\n").partition(" ")
            counters[name] = int(value) if value.isdigit() else value
    return counters


def in_force():
    """The configuration in the canonical form."""
    with open("/proc/net/khttpd/config", encoding="utf-8") as file:
        return file.read()


def commit(text, pieces=None):
    """Writes a configuration, in pieces of so many bytes: what came of it as an errno, and the
    mistakes. Bytes that are not UTF-8 are as os.fsdecode() has them."""
    data = os.fsencode(text + "commit\n")
    pieces = pieces or len(data)
    fd = os.open(SERVER_FILE, os.O_RDWR | os.O_CLOEXEC)
    result = 0
    mistakes = b""
    try:
        for at in range(0, len(data), pieces):
            os.write(fd, data[at:at + pieces])
    except OSError as failed:
        result = failed.errno
    try:
        while part := os.read(fd, 100):
            mistakes += part
    finally:
        os.close(fd)
    return result, os.fsdecode(mistakes)


def word(value):
    """As a line of the canonical form has it."""
    value = str(value)
    if value and value[0] not in "#[" and not re.search(r'[\0-\x20\x7f"\\]', value):
        return value
    for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
        value = value.replace(char, escape)
    return f'"{value}"'


def change(**settings):
    """Other values for the whole server: the errno of the refusal or 0, and the mistakes."""
    top, section, rest = in_force().partition("[")
    lines = {line.partition(" = ")[0]: line for line in top.splitlines()}
    for name, value in settings.items():
        lines[name] = f"{name} = {value if name == 'index' else word(value)}"
    return commit("".join(line + "\n" for line in lines.values()) + section + rest)


def apply(**settings):
    """The same without the mistakes."""
    return change(**settings)[0]


def config():
    """What holds for the whole server, by name, as the values themselves."""
    values = {}
    for line in in_force().splitlines():
        if line.startswith("["):
            break
        name, _, value = line.partition(" = ")
        if value.startswith('"'):
            value = re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(
                found.group(1), found.group(1)), value[1:-1])
        values[name] = value
    return values


# What the kernel says of a module.
KERNELS = ("taint", "out-of-tree", "invalid for parameter")


def own_lines(log):
    """What the module itself said, of the lines that the fixture `log` gives."""
    return [line for line in log() if line.startswith("khttpd: ")
            and not any(words in line for words in KERNELS)]


def wait_for(condition, seconds=5.0):
    """The condition's value once it is true, or its last one when the time is over."""
    deadline = time.monotonic() + scaled(seconds)
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(0.02)


def wait_idle(seconds=10.0):
    """Waits until no connection is left."""
    return wait_for(lambda: status()["connections_active"] == 0, seconds)
