# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Files on a disk that does not answer, or is slow: what needs none goes on. A program that is to
allow each opening (fanotify) and says nothing, or says so in a while, stands for the disk."""

import contextlib
import ctypes
import os
import struct
import threading
import time

import pytest

import khttpd
from folder import Folder
from http_client import Client, get

FAN_CLASS_CONTENT, FAN_UNLIMITED_QUEUE = 0x04, 0x10
FAN_MARK_ADD, FAN_OPEN_PERM, FAN_EVENT_ON_CHILD = 0x01, 0x10000, 0x08000000
FAN_ALLOW = 1
AT_FDCWD = -100
# struct fanotify_event_metadata: its size, version, length, mask, file and process.
EVENT = struct.Struct("=IBBHQii")
# Seconds, of each file of a slow disk.
SLOW = 0.01
HANGING = 700
# Threads of a processor that wait for disks at once (KH_FILE_WORKERS in src/kapi/net/work.c).
THREADS = 64
REQUEST = b"GET /dead/%d HTTP/1.1\r\nHost: t\r\n\r\n"

_libc = ctypes.CDLL(None, use_errno=True)

pytestmark = [pytest.mark.stock, pytest.mark.params(keepalive_timeout=2)]


@contextlib.contextmanager
def no_answer(path):
    """Opening a file of the directory waits until the end."""
    fd = _libc.fanotify_init(FAN_CLASS_CONTENT | FAN_UNLIMITED_QUEUE, os.O_RDONLY)
    assert fd >= 0, os.strerror(ctypes.get_errno())
    try:
        assert _libc.fanotify_mark(fd, FAN_MARK_ADD,
                                   ctypes.c_uint64(FAN_OPEN_PERM | FAN_EVENT_ON_CHILD),
                                   AT_FDCWD, path.encode()) == 0, os.strerror(ctypes.get_errno())
        yield fd
    finally:
        os.close(fd)


def allow_slowly(fd, count):
    """One opening after the other."""
    while count:
        events = os.read(fd, 4096)
        for (_, _, _, _, _, file, _) in EVENT.iter_unpack(events):
            time.sleep(SLOW)
            os.write(fd, struct.pack("=iI", file, FAN_ALLOW))
            os.close(file)
            count -= 1


@contextlib.contextmanager
def one_processor():
    """All packets come to one CPU, so that all work is that CPU's."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(processors)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)


@pytest.fixture
def site(both_ways):
    with Folder("/srv/disk") as folder, one_processor():
        folder.write("known.html", b"known\n")
        for number in range(HANGING):
            folder.write(f"dead/{number}", b"%d" % number)
        folder.settle()
        assert khttpd.apply(docroot=folder.path, routes="/up 200 text/plain 'up'") == 0
        yield folder


def goes_on():
    """Accepts, a route, a file that is in memory, and time-outs."""
    with Client() as idle, Client() as client:
        start = time.monotonic()
        assert get(idle, "/up").body == b"up"
        # A file would be looked at meanwhile, but for having to wait then.
        for _ in range(5):
            assert get(client, "/known.html").body == b"known\n"
            # Whether there is a coded one cannot be found out.
            assert get(client, "/known.html", "Accept-Encoding: gzip").body == b"known\n"
            assert get(client, "/up").body == b"up"
            time.sleep(0.3)
        assert idle.closed()
        assert 1.8 < time.monotonic() - start < khttpd.scaled(8)
    assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] == HANGING)


@pytest.mark.long("worker")
@pytest.mark.changes
def test_what_needs_no_disk_goes_on(site):
    clients = [Client(timeout=60) for _ in range(HANGING)]
    with no_answer(os.path.join(site.path, "dead")):
        with Client() as client:
            assert get(client, "/known.html").body == b"known\n"
        for number, client in enumerate(clients):
            client.send(REQUEST % number)
        time.sleep(2)
        goes_on()
        # One that waits and one whose turn has not come are left by their clients.
        for number in (0, HANGING - 1):
            clients[number].reset()
        assert clients[1].silent() and clients[-2].silent()
    for number, client in enumerate(clients[1:-1], 1):
        reply = client.reply()
        assert (reply.status, reply.body) == (200, b"%d" % number)
        client.close()
    assert khttpd.wait_idle()


def idle_time(processor):
    """Seconds that it has had nothing to do."""
    with open("/proc/stat", encoding="ascii") as file:
        ticks = next(line.split() for line in file if line.startswith(f"cpu{processor} "))
    return (int(ticks[4]) + int(ticks[5])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.changes
def test_one_thread_is_left(site):
    """All others wait for the disk, and nothing waits for them: the processor rests."""
    [processor] = os.sched_getaffinity(0)
    clients = [Client(timeout=60) for _ in range(THREADS - 1)]
    with no_answer(os.path.join(site.path, "dead")), Client(timeout=60) as client:
        for number, other in enumerate(clients):
            other.send(REQUEST % number)
        time.sleep(1)
        # It has the last thread for a moment.
        assert get(client, "/known.html").body == b"known\n"
        before = idle_time(processor)
        time.sleep(2)
        assert idle_time(processor) - before > 1
        assert clients[0].silent() and clients[-1].silent()
    for number, other in enumerate(clients):
        assert other.reply().body == b"%d" % number
        other.close()
    assert khttpd.wait_idle()


@pytest.mark.long("worker")
@pytest.mark.changes
def test_a_slow_disk(site):
    """700 files of 10 ms each: one that is in memory is not looked at behind them."""
    clients = [Client(timeout=60) for _ in range(HANGING)]
    with no_answer(os.path.join(site.path, "dead")) as fd, Client() as client:
        disk = threading.Thread(target=allow_slowly, args=(fd, HANGING))
        disk.start()
        start = time.monotonic()
        assert get(client, "/known.html").body == b"known\n"
        for number, other in enumerate(clients):
            other.send(REQUEST % number)
        waits = []
        # A look is due four seconds after the last one, which may have been 7/8 before the start.
        while time.monotonic() - start < 3:
            asked = time.monotonic()
            assert get(client, "/known.html").body == b"known\n"
            waits.append(time.monotonic() - asked)
            time.sleep(0.05)
        assert clients[-1].silent()
        # Behind the others a look would wait for three seconds and more.
        assert len(waits) > 5 and max(waits) < khttpd.scaled(1)
        for number, other in enumerate(clients):
            assert other.reply().body == b"%d" % number
            other.close()
        disk.join()
    assert khttpd.wait_idle()
