# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Each call of the module that may fail for want of memory, or of a page of user space, is made to
fail in turn, whatever the server is doing: an error or a refused connection, then full service."""

import collections
import contextlib
import errno
import fnmatch
import functools
import itertools
import os
import time

import pytest

import fault_sites
import khttpd
import kmemleak
import system
from conftest import DEFAULTS
from folder import Folder, content
from http_client import Client, get, request, request_to
from namespaces import namespaces

pytestmark = [pytest.mark.debug, pytest.mark.skipif(
    not fault_sites.AVAILABLE, reason="this kernel cannot confine faults to a place")]

# On the disk: a file system in memory has no pages to allocate for what is read.
ROOT = "/var/tmp/fault-sites"
LOG = "/proc/net/khttpd/log"
METRICS = "/proc/net/khttpd/metrics"
# Each asked for once, so that it is not in a cache.
FRESH = 160
# Its content is hashed; of larger pieces than one; not kept in memory.
SMALL, MEDIUM, LARGE = 5000, 100000, 300000
TEXT = "/text 200 text/plain 'text'"
PARAMETERS = {**DEFAULTS, "docroot": ROOT, "autoindex": 1, "access_log": 1, "access_log_size": 16,
              "cache_max_file": 128, "error_pages": "404=/404.html",
              "cache_control": ", ".join(["max-age=60"] * 20),  # for a head that takes memory
              "routes": TEXT + " ; /robots 200 text/plain file:/404.html", "namespaces": 1}
# Of the server of another network namespace.
OTHER = f"docroot = {ROOT}\naccess_log = 1\naccess_log_size = 16\nrate = 1000/s 1000\n"
# Where clients are told by the PROXY protocol.
PROXY = "127.0.0.2"
# Seconds that a client waits for what may not come while the fault is there.
PATIENCE = 0.5
# What a load or a change ends with for want of memory, sockets' and ports' ways included.
TOLD = (0, errno.ENOMEM, errno.ENFILE, errno.ENOBUFS, errno.EADDRINUSE)

# The places that nothing here makes fail, as patterns of Site.name, and why.
NOT_REACHED = {
    "kh_scratch_create: pcpu_alloc_noprof":
        "the kernel holds pages for processors' variables ready, and takes no new ones",
    "kh_listeners_update: kernel_listen":
        "a change of the backlog of a socket that listens already needs no memory",
    "*find_directory*: kh_held_alloc":
        "the names of indexes, which are looked for before, had as much room",
    "*tag_by_stamp*: kh_alloc":
        "both ends of a file are read only on file systems that tell of no change",
}

# Of sockets that are made meanwhile: larger ones would take all replies.
SMALL_BUFFERS = functools.partial(system.setting, "/proc/sys/net/ipv4/tcp_wmem", "4096 4096 4096")

# By place: what was being done when it failed. Filled by the tests, judged by the last one.
FAILED = collections.defaultdict(set)
RUN = set()


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT) as folder:
        for number in range(FRESH):
            folder.write(f"small/{number}", content(SMALL, number))
            folder.write(f"medium/{number % 40}", content(MEDIUM, number % 40))
            folder.write(f"listed/{number:060}", b"x")
        folder.write("large", content(LARGE))
        folder.write("404.html", b"<p>none\n")
        os.symlink("404.html", ROOT + "/linked")
        folder.write(".khttpd-digests", b"other\t\n")
        # The server reads it as it is loaded.
        with open("/etc/machine-id", "w", encoding="ascii") as file:
            file.write("0123456789abcdef" * 2 + "\n")
        folder.settle()
        forget_files()
        yield


def forget_content(name):
    fd = os.open(os.path.join(ROOT, name), os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def forget_files():
    """What is read next, and the names, come from the disk."""
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3")


class Work:
    """
    Everything that the server does, a method each. Within a fault a reply may be an error and a
    connection may end; else all has to be right.
    """

    def __init__(self, other):
        self.other = other
        self.fresh = itertools.cycle(range(FRESH))
        self.turns = itertools.count()
        self.strict = True

    def right(self, reply, status, body=None):
        if not self.strict and reply.status in (500, 503):
            return
        assert reply.status == status, reply
        # An error may come without its page.
        assert body is None or reply.body == body or status >= 400 and not self.strict, reply

    def client(self, **options):
        return Client(timeout=10 if self.strict else PATIENCE, **options)

    def page(self):
        with self.client() as client:
            self.right(get(client, "/text"), 200, b"text")

    def head_in_parts(self):
        data = request_to("/text", "X: " + "x" * 3000)
        with self.client() as client:
            for part in (data[:20], data[20:2000], data[2000:]):
                client.send(part)
                # Not a second: what is not there yet is only to be seen as a part.
                client.silent(0.03)
            self.right(client.reply(), 200, b"text")

    def told_by_a_proxy(self):
        header = b"PROXY TCP4 198.51.100.9 10.0.0.1 1 2\r\n"
        with self.client(source=PROXY) as client:
            for part in (header[:9], header[9:]):
                client.send(part)
                client.silent(0.03)
            self.right(get(client, "/text"), 200, b"text")

    def body(self):
        with self.client() as client:
            client.send(request_to("/text", "Content-Length: 4") + b"ab")
            client.silent(0.03)
            client.send(b"cd")
            self.right(client.reply(), 200, b"text")

    def new_file(self):
        number = next(self.fresh)
        with self.client() as client:
            for _ in range(2):
                self.right(get(client, f"/small/{number}"), 200, content(SMALL, number))
            self.right(get(client, f"/medium/{number % 40}"), 200, content(MEDIUM, number % 40))

    def large_file(self):
        forget_content("large")
        forget_content(".khttpd-digests")
        with self.client() as client:
            self.right(get(client, "/large"), 200, content(LARGE))
            self.right(get(client, "/large", "Range: bytes=5-200004"), 206,
                       content(LARGE)[5:200005])
            reply = get(client, "/large", "Range: bytes=0-9,100-109")
            # Range may be ignored.
            self.right(reply, 200 if not self.strict and reply.status == 200 else 206)

    def listing(self):
        with self.client() as client:
            reply = get(client, "/listed/")
            self.right(reply, 200)
            assert reply.status != 200 or reply.body.count(b"href=") > FRESH

    def other_replies(self):
        forget_content("404.html")
        with self.client() as client:
            self.right(get(client, "/robots"), 200, b"<p>none\n")
            self.right(get(client, "/linked"), 200, b"<p>none\n")
            self.right(get(client, "/listed"), 301)
            self.right(get(client, "/none"), 404, b"<p>none\n")

    def reader_that_waits(self):
        """Its replies do not find place at once; it takes them in the end."""
        with SMALL_BUFFERS(), self.client(receive_buffer=4096) as client:
            client.send(request_to("/text") * 300 + request_to("/small/0") * 20)
            time.sleep(0.05)
            for _ in range(300):
                self.right(client.reply(), 200, b"text")
            for _ in range(20):
                self.right(client.reply(), 200, content(SMALL, 0))

    def log(self):
        with open(LOG, "rb", buffering=0) as file:
            text = b"".join(iter(lambda: file.read(65536), b""))
        assert not self.strict or b"GET /text " in text

    def status(self):
        assert khttpd.config()["docroot"] and khttpd.status()["port"] == khttpd.PORT

    def metrics(self):
        with open(METRICS, encoding="ascii") as file:
            assert file.read().endswith("# EOF\n")

    def change(self):
        turn = next(self.turns)
        error = khttpd.apply(bind=("127.0.0.1", "*")[turn % 2], access_log_size=16 + turn % 2,
                             routes=f"{TEXT} ; /robots 200 text/plain file:/404.html ; /{turn} 204")
        assert error in (TOLD if not self.strict else (0,)), os.strerror(error)

    def written_change(self):
        """A text with sites, a refused one with its mistakes, and what was there before."""
        before = khttpd.in_force()
        more = ("header = set X-Y z\n[site a.example *.a.example]\ntry = $path /x\n"
                "[location *.y]\nredirect = /z 301\n")
        for text, right in ((before + more, 0), ("port = 0\n", errno.ERANGE), (before, 0)):
            error, mistakes = khttpd.commit(text)
            told = error in TOLD[1:] or error == errno.EFAULT
            assert error == right or not self.strict and told, os.strerror(error)
            assert not self.strict or bool(mistakes) == bool(right), mistakes

    def another_server(self):
        """In a network namespace of its own, from its start to its end."""
        error = self.other.ask(f"serve_once({OTHER!r}, '/404.html')")
        assert error in (TOLD if not self.strict else (0,)) or error == errno.EFAULT, error

    def refused_change(self):
        error = khttpd.apply(port=0)
        assert error == errno.ERANGE or not self.strict and error in TOLD[1:], os.strerror(error)
        error = khttpd.apply(port=khttpd.PORT)
        assert error in (TOLD if not self.strict else (0,)), os.strerror(error)

    METHODS = (page, head_in_parts, told_by_a_proxy, body, new_file, large_file, listing,
               other_replies, reader_that_waits, log, status, metrics, change,
               written_change, another_server, refused_change)

    def whole(self):
        """Full service."""
        self.strict = True
        for method in (Work.refused_change, *Work.METHODS):
            method(self)

    def broken(self, method):
        """One thing, while something fails."""
        self.strict = False
        with contextlib.suppress(OSError, EOFError):
            method(self)


def nothing_held():
    assert khttpd.wait_idle(30), khttpd.status()["connections_active"]

    def held():
        values = khttpd.status()
        return {name: values[f"held_{name}_bytes"] for name in
                ("heads", "tails", "replies", "listings")}
    assert khttpd.wait_for(lambda: not any(held().values()), 10), held()


def load():
    """With what parameters can say, and what they cannot."""
    assert khttpd.load(**PARAMETERS) == 0
    assert khttpd.commit(f"proxy_protocol = {PROXY}\n" + khttpd.in_force()) == (0, "")


def load_with_a_fault(one, place):
    """A load while the place fails; where the module was, and how often it did."""
    for _ in range(4):
        forget_files()
        with fault_sites.failing_at(one, place) as failures:
            error = khttpd.load(**PARAMETERS)
            count = failures()
        assert error in TOLD, (one.name, os.strerror(error))
        assert khttpd.loaded() == (error == 0), one.name
        if error:
            assert count, one.name
            return place, count
        now = fault_sites.sections()
        # Who was refused memory for what is not needed at once serves all the same.
        assert request(request_to("/text")).body == b"text", one.name
        assert khttpd.unload() == 0, one.name
        # The kernel puts the module where there is room: mostly where it was before.
        if count or now[one.section] == place[one.section]:
            return now, count
        place = now
    pytest.fail(f"{one.name}: the module never was where it had been")


def test_loading(unloaded, site):
    """A load that fails leaves nothing that is in the way of the next."""
    sites, _ = fault_sites.all_sites()
    assert khttpd.load(**PARAMETERS) == 0
    place = fault_sites.sections()
    assert khttpd.unload() == 0
    for one in sites:
        place, count = load_with_a_fault(one, place)
        if count:
            FAILED[one].add("load")
            print(f"{count} times at {one.name}", flush=True)
    load()
    with namespaces(1) as (other,):
        Work(other).whole()
    nothing_held()
    assert khttpd.unload() == 0
    assert not kmemleak.lost()
    RUN.add("loading")


def serving(work, sites, place):
    forget_files()
    work.whole()
    # What is for the start alone is not there any more.
    for one in [one for one in sites if not one.section.startswith(".init")]:
        count = 0
        with fault_sites.failing_at(one, place) as failures:
            for method in Work.METHODS:
                work.broken(method)
                if failures() > count:
                    FAILED[one].add(method.__name__)
                count = failures()
        if count:
            print(f"{count} times at {one.name}: {', '.join(sorted(FAILED[one]))}", flush=True)
            work.whole()
            nothing_held()


def test_serving(unloaded, site):
    """All else, each place in turn; after each that failed everything is served again."""
    sites, _ = fault_sites.all_sites()
    load()
    place = fault_sites.sections()
    with namespaces(1) as (other,):
        serving(Work(other), sites, place)
    assert khttpd.unload() == 0
    assert not kmemleak.lost()
    RUN.add("serving")


def test_every_place_is_reached(capsys):
    """Those that none of the above makes fail are named, with the reason."""
    if RUN != {"loading", "serving"}:
        pytest.skip("only where all of it ran")
    sites, unjudged = fault_sites.all_sites()
    assert not unjudged, f"in neither list of fault_sites.py: {unjudged}"
    missing = [one for one in sites if one not in FAILED]
    reasons = {one.name: next((why for pattern, why in NOT_REACHED.items()
                               if fnmatch.fnmatchcase(one.name, pattern)), None)
               for one in missing}
    with capsys.disabled():
        print(f"\n{len(sites)} places in the code, "
              f"{len(sites) - len(missing)} of them reached, and failed in turn")
        for name, reason in reasons.items():
            print(f"not reached: {name}: {reason or 'no reason is known'}")
    assert all(reasons.values())
