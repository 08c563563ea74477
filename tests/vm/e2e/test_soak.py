# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Everything at once for as long as is wanted: is any reply wrong, and does anything grow?

Seconds in a test run; `make soak SECONDS=3600` makes it an hour.
"""

import collections
import gzip
import os
import random
import socket
import struct
import subprocess
import threading
import time

import khttpd
import network
from folder import Folder, content
from http_client import Client, get, request_to
from test_faults import Faults

ROOT = "/tmp/soak"
SECONDS = int(os.environ.get("KH_SOAK") or khttpd.scaled(15))
SIZES = (0, 100, 2008, 5000, 70000, 1 << 20)
VERSION = 16  # bytes at the beginning of a file that say which it is
CHANGES = (dict(inline=0), dict(inline=1), dict(cache_size=0), dict(cache_size=4096),
           dict(body="Changed\\n"), dict(body="Hello World!\\n"), dict(header_timeout=30),
           dict(access_log=1), dict(access_log=0), dict(max_requests=1000),
           dict(routes="/r 204"), dict(routes=""), dict(docroot=ROOT + "/."), dict(docroot=ROOT))
PARAMETERS = dict(docroot=ROOT, autoindex=1, linger_timeout=20)
# KiB that a machine's memory may differ by. KASAN keeps what was freed, up to a 32nd of it.
GROWTH = 128 << 10 if khttpd.DEBUG else 8 << 10


def bytes_of(version, size):
    return (b"%0*d" % (VERSION, version) + content(size, version))[:size]


class Site:
    """Files that change; each reply is to be one of their versions, and no mixture."""

    def __init__(self, folder):
        self.folder = folder
        self.version = 0
        self.publish()

    def publish(self):
        self.version += 1
        for size in SIZES:
            data = bytes_of(self.version, size)
            for name, what in ((f"{size}.bin", data), (f"{size}.bin.gz", gzip.compress(data, 1))):
                self.folder.write("new", what, age=0)
                os.rename(ROOT + "/new", f"{ROOT}/{name}")

    @staticmethod
    def check(reply, size):
        assert reply.status in (200, 404), reply
        if reply.status == 404 or size < VERSION:
            return
        body = reply.body
        if reply.field("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert body == bytes_of(int(body[:VERSION]), size), f"a mixture of {size} bytes"


def revalidate(client, site):
    size = random.choice(SIZES)
    first = get(client, f"/{size}.bin")
    site.check(first, size)
    if first.status == 200:
        again = get(client, f"/{size}.bin", f"If-None-Match: {first.field('etag')}")
        assert again.status in (200, 304, 404), again


def ask_for_codings(client, site):
    size = random.choice(SIZES)
    site.check(get(client, f"/{size}.bin", "Accept-Encoding: gzip"), size)


def ask_for_parts(client, _):
    reply = get(client, "/70000.bin", f"Range: bytes=0-99,{random.randrange(70000)}-,-7")
    assert reply.status in (200, 206, 404, 416), reply


def pipeline(client, site):
    sizes = [random.choice(SIZES[:-1]) for _ in range(30)]
    client.send(b"".join(request_to(f"/{size}.bin") for size in sizes))
    for size in sizes:
        site.check(client.reply(), size)


def list_directory(client, _):
    reply = get(client, "/")
    assert reply.status == 200 and b"70000.bin" in reply.body, reply


def upload(client, _):
    client.send(request_to("/r", "Transfer-Encoding: chunked", method="POST")
                + b"5\r\nhello\r\n" * random.randrange(1000) + b"0\r\n\r\n")
    assert client.reply().status in (404, 405)


def leave(client, _):
    """In the middle of a head or of a reply, with a reset or without."""
    client.send(request_to("/1048576.bin")[:random.choice((10, 100))])
    if random.random() < 0.5:
        client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    raise EOFError("left")


def read_slowly(client, _):
    client.send(request_to("/1048576.bin"))
    for _ in range(20):
        client.sock.recv(1000)
        time.sleep(0.02)
    client.close()
    raise EOFError("left")


CLIENTS = (revalidate, ask_for_codings, ask_for_parts, pipeline, list_directory, upload, leave,
           read_slowly)


class Soak:
    """What is under way, and how it went."""

    def __init__(self, site, capsys):
        self.site = site
        self.capsys = capsys
        self.over = threading.Event()
        self.counts = collections.Counter()
        self.wrong = []
        # Odd while the module is not there, or memory is not: what was under way may have ended.
        self.trouble = 0

    def use(self, what):
        """A client that does this again and again, on connections that it keeps."""
        while not self.over.is_set():
            trouble = self.trouble
            try:
                with Client(timeout=30) as client:
                    for _ in range(random.randrange(1, 20)):
                        what(client, self.site)
                        self.counts[what.__name__] += 1
            except EOFError as error:
                self.end(what, error, trouble, error.args == ("left",))
            except (OSError, AssertionError) as error:
                self.end(what, error, trouble, False)

    def end(self, what, error, trouble, meant):
        if meant:
            self.counts[what.__name__] += 1
        elif trouble % 2 or trouble != self.trouble:
            self.counts["interrupted"] += 1
            time.sleep(0.1)
        else:
            self.wrong.append(f"{what.__name__}: {error!r:.300}")

    def change(self):
        """One parameter after the other, the files, and namespaces that come and go."""
        while not self.over.is_set():
            trouble = self.trouble
            error = khttpd.apply(**random.choice(CHANGES))
            self.counts["changes"] += 1
            if error and trouble % 2 == 0 and trouble == self.trouble:
                self.wrong.append(f"apply: {os.strerror(error)}")
            self.site.publish()
            network.short_lived_namespace()
            time.sleep(0.2)

    def interrupt(self):
        """The module goes and comes; where allocations can be made to fail, some are."""
        while not self.over.wait(max(3, min(30, SECONDS / 5))):
            self.trouble += 1
            if khttpd.DEBUG and random.random() < 0.5:
                with Faults("failslab", probability=2):
                    time.sleep(1)
            else:
                error = khttpd.unload()
                time.sleep(0.2)
                error = error or khttpd.load(**PARAMETERS)
                if error:
                    self.wrong.append(f"unload and load: {os.strerror(error)}")
            self.counts["troubles"] += 1
            # Whoever was reset by it has begun before.
            time.sleep(0.5)
            self.trouble += 1

    def run(self, seconds):
        threads = [threading.Thread(target=self.use, args=(what,), daemon=True)
                   for what in CLIENTS]
        threads += [threading.Thread(target=work, daemon=True)
                    for work in (self.change, self.interrupt)]
        load = [subprocess.Popen(["wrk", "-t1", "-c8", f"-d{seconds}s", "--timeout", "30s",
                                  f"http://127.0.0.1:8081/{path}"], stdout=subprocess.DEVNULL)
                for path in ("", "70000.bin")]
        try:
            for thread in threads:
                thread.start()
            end = time.monotonic() + seconds
            while time.monotonic() < end and not self.wrong:
                time.sleep(max(0.5, min(60, seconds / 10, end - time.monotonic())))
                self.report(end - time.monotonic())
        finally:
            self.over.set()
            for process in load:
                process.kill()
                process.wait()
            for thread in threads:
                thread.join(khttpd.scaled(60))
        assert not any(thread.is_alive() for thread in threads)

    def report(self, left):
        with self.capsys.disabled():
            print(f"\n{max(0, left):.0f} s left, {memory()} KiB in use: " + ", ".join(
                f"{number} {name}" for name, number in sorted(self.counts.items())), flush=True)


def memory():
    """KiB in use that caches are not, nor can be given back."""
    with open("/proc/meminfo", encoding="ascii") as file:
        values = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return values["MemTotal"] - values["MemAvailable"]


def time_waits():
    with open("/proc/net/sockstat", encoding="ascii") as file:
        return int(file.read().split(" tw ")[1].split()[0])


def memory_at_rest():
    """With no module and empty caches; after a long time also with no connection that is over."""
    assert khttpd.wait_idle(30)
    assert khttpd.unload() == 0
    if SECONDS > 60:
        assert khttpd.wait_for(lambda: time_waits() == 0, 70)
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")
    time.sleep(1)
    return memory()


def soak(site, capsys, seconds):
    """How often what was done; the module is loaded."""
    assert khttpd.load(**PARAMETERS) == 0
    work = Soak(site, capsys)
    work.run(seconds)
    assert not work.wrong, work.wrong[:5]
    return work.counts


def test_soak(unloaded, capsys):
    with Folder(ROOT) as folder:
        site = Site(folder)
        # What the first of everything leaves behind for good is not growth.
        soak(site, capsys, 5)
        before = memory_at_rest()
        counts = soak(site, capsys, SECONDS)
        after = memory_at_rest()
    print(f"{SECONDS} s, {before} KiB in use before and {after} after")
    assert min(counts[name] for name in ["troubles"] + [what.__name__ for what in CLIENTS]) > 0
    assert after < before + GROWTH
