# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Files that change, go or are held while they are served, and the bounds of the cache."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

import khttpd
from folder import Folder, content
from http_client import Client, get, request_to

ROOT = "/tmp/changes"
SITE = Folder(ROOT)
write = SITE.write

pytestmark = pytest.mark.params(docroot=ROOT, cache_size=1024, cache_max_file=256)


@pytest.fixture(scope="module", autouse=True)
def whole_site():
    with SITE:
        yield


@pytest.fixture(autouse=True)
def site():
    SITE.clear()


@pytest.mark.long("debug")
def test_file_replaced_while_it_is_sent(both_ways):
    """What was begun is sent to its end, from the file that was opened."""
    size = 8 << 20
    write("big", content(size, "old"))
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send(b"GET /big HTTP/1.1\r\nHost: t\r\n\r\n")
        first = client.sock.recv(1000)
        write("new", content(size, "new"))
        os.rename(ROOT + "/new", ROOT + "/big")
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        client.buffer = first
        assert client.reply().body == content(size, "old")
        time.sleep(1.2)
        assert get(client, "/big").body == content(size, "new")


def test_lease(both_ways):
    """A file under a lease is not waited for: opening it would take the holder's consent."""
    write("leased", b"leased\n")
    before = signal.signal(signal.SIGIO, signal.SIG_IGN)
    fd = os.open(ROOT + "/leased", os.O_RDWR)
    try:
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        with Client() as client:
            start = time.monotonic()
            reply = get(client, "/leased")
            assert time.monotonic() - start < khttpd.scaled(5)
            assert (reply.status, reply.field("retry-after")) == (503, "1")
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            assert get(client, "/leased").body == b"leased\n"
    finally:
        os.close(fd)
        signal.signal(signal.SIGIO, before)


RENAMES = """
import os, sys, time
end = time.monotonic() + float(sys.argv[2])
os.chdir(sys.argv[1])
open("a", "wb").close()
print(flush=True)
while time.monotonic() < end:
    for _ in range(1000):
        os.rename("a", "b")
        os.rename("b", "a")
"""


@pytest.mark.long("debug")
@pytest.mark.params(cache_size=0)
def test_rename_elsewhere(loaded):
    """A lookup with ".." in it is refused while anything is renamed, to be tried again."""
    rounds, batch = khttpd.fewer(100), 50
    with Folder("/tmp/renames"), Folder(ROOT + "/pages"):
        write("target", b"target\n")
        os.symlink("../target", ROOT + "/pages/link")
        with subprocess.Popen([sys.executable, "-c", RENAMES, "/tmp/renames", "600"],
                              stdout=subprocess.PIPE) as renames, Client(timeout=60) as client:
            renames.stdout.readline()
            statuses = []
            for _ in range(rounds):
                client.send(request_to("/pages/link") * batch)
                statuses += [client.reply().status for _ in range(batch)]
            assert renames.poll() is None
            renames.kill()
        assert statuses.count(200) == rounds * batch, statuses.count(503)


def test_time_still_to_come(both_ways):
    """RFC 9110 section 8.8.2.1."""
    with Client() as client:
        # A time a minute ahead stays ahead for the test, however slow the machine.
        write("ahead", b"ahead\n", age=-60)
        for _ in range(2):
            reply = get(client, "/ahead")
            assert reply.field("last-modified") == reply.field("date")
            date = reply.field("date")
            assert get(client, "/ahead", "Range: bytes=0-1", f"If-Range: {date}").status == 200


def test_cache_stays_within_its_bound(loaded):
    number, size = 40, 50000
    for i in range(number):
        write(f"{i}", content(size, i))
    SITE.settle()
    before = khttpd.status()["cache_evictions"]
    with Client(timeout=60) as client:
        # What was evicted may be in packets yet, a quarter of the cache's size at most: beyond
        # that files are sent that do not come into the cache.
        for i in list(range(number)) * 3:
            assert get(client, f"/{i}").body == content(size, i)
            assert khttpd.status()["cache_bytes"] <= 1024 << 10
    after = khttpd.status()
    assert after["cache_evictions"] - before >= number - (1024 << 10) // size
    assert 0 < after["cache_entries"] <= (1024 << 10) // size


def test_shrinker(loaded):
    """The kernel takes the cache's memory back when it is asked to, or in need."""
    for i in range(15):
        write(f"{i}", content(50000, i))
    SITE.settle()
    with Client(timeout=60) as client:
        for i in range(15):
            get(client, f"/{i}")
        assert khttpd.status()["cache_entries"] >= 15

        def shrunk():
            with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
                file.write("2")
            return khttpd.status()["cache_entries"] == 0
        assert khttpd.wait_for(shrunk, 20)
        assert khttpd.status()["cache_bytes"] == 0
        for i in range(15):
            assert get(client, f"/{i}").body == content(50000, i)


HOG = """
import mmap, sys
held = []
for line in sys.stdin:
    block = mmap.mmap(-1, int(line))
    for at in range(0, len(block), 4096):
        block[at] = 1
    held.append(block)
    print(flush=True)
"""


def memory_available():
    with open("/proc/meminfo", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("MemAvailable")) << 10


@pytest.mark.long("debug")
@pytest.mark.params(cache_size=65536, cache_max_file=1024)
def test_shrinker_in_need(loaded):
    """Others' want of memory takes from a cache of few large entries as well."""
    number, size = 60, 1000000
    for i in range(number):
        write(f"{i}", content(size, i))
    SITE.settle()
    with Client(timeout=60) as client:
        for i in range(number):
            assert get(client, f"/{i}").body == content(size, i)
    # The files themselves are not to be what is given back.
    for i in range(number):
        os.unlink(f"{ROOT}/{i}")
    assert khttpd.status()["cache_bytes"] > number * size

    def shrunk():
        return khttpd.status()["cache_bytes"] < number * size / 2
    with subprocess.Popen([sys.executable, "-c", HOG], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as hog:
        with open(f"/proc/{hog.pid}/oom_score_adj", "w", encoding="ascii") as file:
            file.write("1000")
        # The kernel begins to look for memory only when next to none is left.
        while memory_available() > 4 << 20 and not shrunk():
            hog.stdin.write(b"%d\n" % (4 << 20))
            hog.stdin.flush()
            hog.stdout.readline()
        hog.kill()
        assert shrunk()


@pytest.mark.changes
@pytest.mark.params(cache_size=0)
def test_docroot_goes_and_comes(loaded):
    """Requests that wait for the work item when the document root goes."""
    write("f", b"file\n")
    stop = threading.Event()
    seen, wrong = set(), []

    def ask():
        while not stop.is_set():
            with Client(timeout=60) as client:
                client.send(b"GET /f HTTP/1.1\r\nHost: t\r\n\r\n" * 50)
                for _ in range(50):
                    reply = client.reply()
                    seen.add(reply.status)
                    if (reply.status, reply.body) not in ((200, b"file\n"),
                                                          (404, b"404 Not Found\n")):
                        wrong.append(reply)
    threads = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(khttpd.fewer(30)):
        assert khttpd.apply(docroot="") == 0
        time.sleep(0.02)
        assert khttpd.apply(docroot=ROOT) == 0
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join(khttpd.scaled(30))
    assert not wrong and seen == {200, 404}
