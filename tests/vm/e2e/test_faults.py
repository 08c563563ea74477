# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Memory that is not there: allocations made to fail."""

import contextlib
import errno
import os
import threading
import time

import pytest

import khttpd
import system
from faults import ALL, Faults, failing
from folder import Folder, content
from http_client import GET, PAGE, Client, get, request, request_to
from whole import seldom

pytestmark = pytest.mark.debug


def kworkers():
    """The kernel's threads that run work items of high priority, as the module's are."""
    found = []
    for task in os.listdir("/proc"):
        if task.isdigit():
            try:
                with open(f"/proc/{task}/comm", encoding="ascii") as file:
                    name = file.read().strip()
            except OSError:
                continue
            if name.startswith("kworker/") and "H" in name.split("/")[1].split("-")[0]:
                found.append(task)
    return found


@pytest.mark.changes
def test_apply(loaded):
    """A change of parameters fails at one allocation after the other: the old ones serve on."""
    failures = 0
    deadline = time.monotonic() + 60
    with Faults("failslab", **ALL), Faults("fail_page_alloc", **ALL):
        for nth in range(1, 400):
            error, left = failing(nth, lambda: khttpd.apply(
                port=8090 + nth % 2, routes=f"/{nth} 204"))
            failures += bool(error)
            assert request(GET, port=khttpd.status()["port"]).body == PAGE, nth
            if left or time.monotonic() > deadline:
                break
    print(f"{failures} changes failed, up to allocation {nth}")
    assert failures > 0


# What sockets make of a lack of memory: of themselves (ENFILE, ENOBUFS) and of a port's entry.
TOLD = (0, errno.ENOMEM, errno.ENFILE, errno.ENOBUFS, errno.EADDRINUSE)


def test_load(unloaded):
    """A load fails at one allocation after the other, and leaves nothing that is in the way."""
    failures = nth = 0
    with Faults("failslab", **ALL):
        # What the kernel needs until it has read the parameters is its own.
        error, left = failing(100000, lambda: khttpd.load(body="x" * 4001))
        assert error == errno.ENOSPC
        first = 100000 - left
        # One in so many: with its checkers the kernel takes its time for a load.
        for nth in range(first, first + 2000, 5 if khttpd.WHOLE else 25):
            error, left = failing(nth, khttpd.load)
            failures += bool(error)
            assert error in TOLD, (nth, os.strerror(error))
            assert khttpd.loaded() == (error == 0), nth
            if error == 0:
                assert request(GET).body == PAGE, nth
                assert khttpd.unload() == 0, nth
            if left:
                break
    print(f"{failures} loads failed, at allocations {first} to {nth}")
    assert left and failures > (10 if khttpd.WHOLE else 2)
    assert khttpd.load() == 0
    assert request(GET).body == PAGE


@contextlib.contextmanager
def accepting_fails(nth):
    """The nth allocation of each accept thread fails; yields whether one of them got there."""
    names = {f"khttpd/{processor}" for processor in range(os.cpu_count())}
    files = [os.open(f"/proc/{task}/fail-nth", os.O_RDWR) for task in system.tasks_named(names)]
    assert files

    def tell(value):
        for file in files:
            os.pwrite(file, b"%d" % value, 0)
    try:
        tell(nth)
        yield lambda: 0 in [int(os.pread(file, 20, 0)) for file in files]
    finally:
        tell(0)
        for file in files:
            os.close(file)


def served():
    """Whether a new client is; another kind of end is that of a client that is refused."""
    try:
        return request(GET).body == PAGE
    except (ConnectionError, EOFError):
        return False


@pytest.mark.changes
def test_accepting_without_memory(loaded):
    """Accepting fails at one allocation after the other: refused, or served a moment later."""
    before = khttpd.status()
    refused = 0
    with Faults("failslab", **ALL):
        for nth in range(1, 100):
            with accepting_fails(nth) as failed:
                refused += not served()
                hit = failed()
            assert request(GET).body == PAGE, nth
            if not hit:
                break
    after = khttpd.status()
    print(f"{nth - 1} allocations, {refused} clients refused")
    assert nth > 4 and refused > 0
    assert after["connections_refused"] - before["connections_refused"] == refused
    assert khttpd.wait_idle()
    # Neither the server nor the address counts who was refused.
    assert khttpd.apply(max_connections=1, max_connections_per_address=1) == 0
    for _ in range(3):
        assert served()
        assert khttpd.wait_idle()


ROOT = "/tmp/fault-site"
SIZES = (100, 65536, 1 << 20, 4 << 20)
FRESH = (4096, 4097)  # nobody has asked for them before


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT) as folder:
        for size in SIZES + FRESH:
            folder.write(f"{size}.bin", content(size))
        folder.settle()
        yield


# What the server has to keep of a request until there is more: a part of its head, a head whose
# body is to come, one whose file is to be looked for.
KEPT = {
    "head": (request_to("/100.bin")[:20], request_to("/100.bin")[20:], "100"),
    "body": (request_to("/100.bin", "Content-Length: 4") + b"ab", b"cd", "100"),
    "file": (request_to("/{}.bin"), b"", None),
}


@pytest.mark.params(docroot=ROOT)
@pytest.mark.parametrize("kind", KEPT)
def test_head_without_memory(both_ways, kind):
    """What cannot be kept stays in the socket, and is answered when there is memory again."""
    first, rest, size = KEPT[kind]
    size = size or ("4096" if khttpd.parameter("inline") == "1" else "4097")
    first = first.replace(b"{}", size.encode())
    with Client() as client:
        assert client.get(request_to("/100.bin")).status == 200
        before = khttpd.status()
        with Faults("failslab"):
            client.send(first)
            assert khttpd.wait_for(
                lambda: khttpd.status()["starved_heads"] > before["starved_heads"] + 1)
            assert client.silent()
        client.send(rest)
        assert client.reply().body == content(int(size))
        after = khttpd.status()
        assert after["requests"] == before["requests"] + 1
        assert after["resets"] == before["resets"]
    assert khttpd.wait_idle()


@pytest.mark.params(docroot=ROOT)
def test_head_without_memory_for_long(both_ways):
    """It is not waited for without an end: the connection is reset, and counted once."""
    with Client() as client:
        assert client.get(request_to("/100.bin")).status == 200
        before = khttpd.status()
        with Faults("failslab"):
            client.send(request_to("/100.bin")[:20])
            assert khttpd.wait_for(lambda: khttpd.status()["resets"] > before["resets"], 20)
    assert khttpd.wait_idle()
    after = khttpd.status()
    assert after["resets"] == before["resets"] + 1
    # Once, and at each of 50 looks; nothing else was wanted.
    assert after["starved_heads"] == before["starved_heads"] + 51
    assert after["out_of_memory"] == before["out_of_memory"] + 51
    assert after["connections_closed"] == before["connections_closed"] + 1


@pytest.mark.changes
@pytest.mark.params(docroot=ROOT)
def test_content_in_small_blocks(both_ways):
    """Memory is in pieces, none larger than 32 KiB: content is kept and sent all the same."""
    with Client() as client:
        tags = {size: get(client, f"/{size}.bin").field("etag") for size in SIZES}
        assert khttpd.apply(cache_size=0) == 0
        assert khttpd.apply(cache_size=16384) == 0
        hits = khttpd.status()["cache_hits"]
        with Faults("fail_page_alloc", waiting=True, order=4):
            for size in SIZES:
                for _ in range(3):
                    reply = get(client, f"/{size}.bin")
                    assert reply.body == content(size)
                    assert reply.field("etag") == tags[size]
            assert khttpd.status()["cache_hits"] >= hits + 3
    assert khttpd.wait_idle()


# Without a rate: a send that fails for memory is no progress, and a slow machine takes long.
@pytest.mark.params(docroot=ROOT, min_send_rate=0)
def test_sends_without_memory(both_ways):
    """TCP has no memory for replies: they are tried again at times, whatever the clients send."""
    clients = [Client() for _ in range(4)]
    for client in clients:
        assert client.get(request_to("/100.bin")).status == 200
    before = khttpd.status()["starved_sends"]
    # Where TCP's own packets of data are from; those of the clients may wait for memory.
    with Faults("failslab", marked=True):
        start = time.monotonic()
        for client in clients:
            client.send(request_to("/100.bin"))
        for byte in request_to("/65536.bin") * 2:
            for client in clients:
                client.send(bytes([byte]))
            time.sleep(0.02)
        took = time.monotonic() - start
        starved = khttpd.status()["starved_sends"] - before
    print(f"{starved} sends failed in {took:.1f} s")
    assert len(clients) <= starved <= len(clients) * (took * 10 + 5)
    for client in clients:
        for size in (100, 65536, 65536):
            assert client.reply().body == content(size)
        client.close()
    assert khttpd.wait_idle()


class Crowd:
    """Clients that want everything at once, and are content with less."""

    def __init__(self):
        self.stop = threading.Event()
        self.whole = self.broken = 0
        self.wrong = []
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(4)]

    def work(self, number):
        while not self.stop.is_set():
            size = SIZES[number % len(SIZES)]
            number += 1
            try:
                with Client(receive_buffer=32768 if number % 3 == 0 else None) as client:
                    client.sock.settimeout(2)
                    client.send(request_to(f"/{size}.bin") * 3)
                    for _ in range(3):
                        reply = client.reply()
                        if reply.status == 200 and reply.body != content(size):
                            self.wrong.append((size, len(reply.body)))
                        elif reply.status not in (200, 503):
                            self.wrong.append((size, reply.status))
                        self.whole += 1
            except (OSError, EOFError):
                self.broken += 1
            except AssertionError as error:
                self.wrong.append(error)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.params(docroot=ROOT, header_timeout=5, keepalive_timeout=5, body_timeout=5,
                    linger_timeout=2)
@pytest.mark.parametrize("where", ["receive path", seldom("work queue")])
def test_service_without_memory(both_ways, where):
    """One allocation in ten fails for a while; what is complete is right, and all serve after."""
    options = {"probability": 10}
    if where == "work queue":
        options.update(waiting=True, tasks=kworkers())
    before = khttpd.status()
    with Faults("failslab", **options), Faults("fail_page_alloc", **options), Crowd() as crowd:
        time.sleep(8)
    after = khttpd.status()
    print(f"{crowd.whole} replies whole, {crowd.broken} connections broken, "
          f"{after['out_of_memory'] - before['out_of_memory']} times out of memory")
    assert not crowd.wrong
    assert after["requests"] > before["requests"]
    assert khttpd.wait_idle(30), khttpd.status()["connections_active"]
    for size in SIZES:
        assert request(request_to(f"/{size}.bin"), timeout=30).body == content(size)
    assert khttpd.wait_idle(30)
