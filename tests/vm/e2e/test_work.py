# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
Runs are bounded in work, whatever a peer has sent. Judged by what the module counts, as time is not
to be had on a busy machine: input is made to wait until there is much of it, then it is let in.
"""

import os
import socket
import threading
import time
import urllib.parse

import pytest

import collisions
import khttpd
import system
from folder import Folder, content
from http_client import PAGE, Client, request_to
from whole import seldom

ROOT = "/tmp/work-site"
BUFFERS = "/proc/sys/net/ipv4/tcp_rmem"
# What a run may do (src/kapi/net/scratch.h), in bytes that are looked at.
RUN = 32768
LARGE = 8 << 20
# What takes an accept thread a good tenth of a second.
CONNECTIONS = int(max(5000, 16000 / khttpd.SCALE))
# Several times KH_RELEASES, what is released in a turn: it takes longer than each of the pauses.
BURST = 600
PAUSES = (0.0003, 0.0006, 0.001, 0.0015)

pytestmark = pytest.mark.params(docroot=ROOT, routes="/r 204", max_body_size=1 << 30,
                                body_timeout=600, min_send_rate=0)


@pytest.fixture(name="site", scope="module", autouse=True)
def fixture_site():
    """A large file, and receive buffers that hold much from the start."""
    with system.setting(BUFFERS, "4096 16777216 16777216"), Folder(ROOT) as folder:
        folder.write("large.bin", content(LARGE))
        yield folder


def chunks(count):
    return b"1\r\nx\r\n" * count + b"0\r\n\r\n"


def receive_queue(client):
    """Bytes that the server's end of the connection has not taken from TCP."""
    ends = f":{khttpd.PORT:04X}", f":{client.sock.getsockname()[1]:04X}"
    with open("/proc/net/tcp", encoding="ascii") as file:
        for words in map(str.split, file):
            if words[1].endswith(ends[0]) and words[2].endswith(ends[1]):
                return int(words[4].split(":")[1], 16)
    return 0


class Dam:
    """
    A connection whose reply nobody reads, so that the server takes no input: what is sent waits in
    the receive queue until `open()` reads the reply.
    """

    def __init__(self, *fields):
        self.client = Client(timeout=60, receive_buffer=65536)
        blocked = khttpd.status()["blocked_sends"]
        self.client.send(request_to("/large.bin", *fields))
        assert khttpd.wait_for(lambda: khttpd.status()["blocked_sends"] > blocked, 20)

    def fill(self, data):
        """Sends, as far as it goes; returns how much is in the server's queue."""
        self.thread = self.client.send_aside(data)
        queued = -1
        while queued != receive_queue(self.client):
            queued = receive_queue(self.client)
            time.sleep(0.3)
        assert queued > 1 << 20
        return queued

    def open(self):
        assert self.client.reply().body == content(LARGE)

    def take_replies(self, count, status):
        """Counts them, as there are too many to be looked into before their Date is old."""
        line = b"HTTP/1.1 %d " % status
        data = self.client.buffer
        found = 0
        while found + data.count(line) < count:
            # What may be the begin of another status line stays.
            found += data.count(line)
            data = data[data.rfind(line) + len(line):] if line in data else data[-len(line) + 1:]
            more = self.client.sock.recv(1 << 16)
            assert more
            data += more

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.thread.join()


@pytest.mark.parametrize("kind", ["chunks", "length", "heads", "requests"])
def test_queue_takes_many_runs(both_ways, kind):
    """A full receive queue is not taken in one run, of whatever it consists."""
    size = 4 << 20
    data, status, work = {
        "chunks": (request_to("/r", "Transfer-Encoding: chunked", method="POST")
                   + chunks(size // 6), 405, 5 / 6),
        "length": (request_to("/r", f"Content-Length: {2 * size}", method="POST")
                   + b"x" * (2 * size), 405, 1 / 16),
        "heads": (request_to("/r", "X: " + "y" * 7000) * (size // 7000), 204, 1),
        "requests": (request_to("/r") * (size // 100), 204, 1),
    }[kind]
    with Dam() as dam:
        queued = dam.fill(data)
        before = khttpd.status()["runs_cut"]
        dam.open()
        dam.take_replies(data.count(b" HTTP/1.1\r\n"), status)
        cut = khttpd.status()["runs_cut"] - before
    print(f"{queued} bytes in the queue, {cut} runs cut")
    assert cut >= int(queued * work / RUN) - 1 > 3


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.parametrize("closed", [seldom(False), True])
def test_discarding_takes_many_runs(both_ways, closed):
    """What comes after the last request is thrown away in many runs, too."""
    with Dam("Connection: close") as dam:
        queued = dam.fill(b"z" * (4 << 20))
        before = khttpd.status()["runs_cut"]
        dam.open()
        assert khttpd.wait_for(lambda: khttpd.status()["runs_cut"] > before)
        if closed:
            dam.client.close()
        assert khttpd.wait_idle(30)
        cut = khttpd.status()["runs_cut"] - before
    print(f"{queued} bytes in the queue, {cut} runs cut")


@pytest.mark.long("debug")
@pytest.mark.params(docroot="")
def test_chunks_do_not_stop_others(both_ways):
    """Connections send chunks of a byte without a pause; others are served, and so are these."""
    stop = threading.Event()
    clients = [Client(timeout=60) for _ in range(8)]

    def flood(client):
        client.send(request_to("/", "Transfer-Encoding: chunked", method="POST"))
        while not stop.is_set():
            client.send(b"1\r\nx\r\n" * 20000)
        client.send(b"0\r\n\r\n")

    threads = [threading.Thread(target=flood, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    try:
        with Client(timeout=60) as client:
            for _ in range(100):
                assert client.get().body == PAGE
    finally:
        stop.set()
    for thread, client in zip(threads, clients):
        thread.join()
        assert client.reply().status == 405
        client.close()


def pipelined(client, requests):
    """Seconds for all of them, each of which is answered by a file."""
    start = time.monotonic()
    client.send(b"".join(requests) + request_to("/r"))
    data = b""
    while not (b"HTTP/1.1 204" in data[-500:] and data.endswith(b"\r\n\r\n")):
        more = client.sock.recv(1 << 20)
        assert more, data[-500:]
        data += more
    assert data.count(b"HTTP/1.1 200") == len(requests)
    return time.monotonic() - start


def time_of_names(client, folder, names):
    """Of requests for the first of the names once there are files of all of them in memory."""
    for name in names:
        folder.write(os.fsdecode(b"names/" + name), b"")
    folder.settle()
    requests = [request_to("/names/" + urllib.parse.quote(name)) for name in names]
    for first in range(0, len(requests), 100):
        pipelined(client, requests[first:first + 100])
    # The best of some, as files in memory are looked at now and then.
    return min(pipelined(client, requests[:20] * 20) for _ in range(10))


@pytest.mark.long("debug")
@pytest.mark.params(docroot=ROOT, cache_size=65536)
def test_names_of_one_hash_value(loaded, site):
    """Who gives files their names cannot make them neighbours in the cache's table."""
    names = collisions.colliding("/names", 1500)
    with Client(timeout=60) as client:
        others = time_of_names(client, site, [name[::-1] for name in names])
        took = time_of_names(client, site, names)
    print(f"{took * 1000:.1f} ms, others {others * 1000:.1f}")
    assert khttpd.status()["cache_entries"] >= 2 * len(names)
    assert took < 3 * others


def answered(client):
    """Whether something of a reply is there, without waiting for it."""
    try:
        return bool(client.sock.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK))
    except BlockingIOError:
        return False


def keep_busy(seconds, until=lambda: False):
    end = time.monotonic() + khttpd.scaled(seconds)
    while not until():
        if time.monotonic() > end:
            return False
    return True


def connect_and_keep_busy(ready):
    """Leaves the processor to nobody of a lower priority."""
    clients = []
    for _ in range(2):
        clients.append(Client())
        clients[-1].send(request_to("/"))
        keep_busy(0.3)
    assert keep_busy(10, lambda: all(map(answered, clients)))
    clients.append(Client())
    ready()
    keep_busy(15, lambda: not khttpd.loaded())


# The debug kernel takes so long to unload that it reports the processor that is kept busy.
# Often enough that an accept thread is in the middle of its work when the process takes over.
@pytest.mark.stock
@pytest.mark.parametrize("turn", [0, seldom(1), seldom(2)])
def test_processor_of_a_realtime_process(unloaded, turn):
    """What arrives there is accepted with the next connection, and unload does not wait for it."""
    assert khttpd.load() == 0
    with system.processor_taken_by(connect_and_keep_busy):
        start = time.monotonic()
        assert khttpd.unload() == 0
        assert time.monotonic() - start < khttpd.scaled(8)


def connect_and_see_them_accepted(ready):
    """Connects before anything is accepted, then is an ordinary process of the same processor."""
    before = khttpd.status()["connections_accepted"]
    clients = [Client() for _ in range(CONNECTIONS)]
    ready()
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    seen = set()
    accepted = 0
    while accepted < len(clients):
        accepted = khttpd.status()["connections_accepted"] - before
        seen.add(accepted)
    print(f"seen when there were {sorted(seen)}", flush=True)
    # Before the first and after the last one it has the processor anyway.
    assert len(seen - {0, len(clients)}) >= 2


@pytest.mark.stock
@pytest.mark.params(backlog=16384, max_connections_per_address=20000)
def test_accepting_lets_others_run(loaded):
    """However many connections wait, ordinary threads of the processor have their turns."""
    with system.setting("/proc/sys/kernel/sched_rt_runtime_us", "-1"), \
            system.processor_taken_by(connect_and_see_them_accepted):
        pass
    assert khttpd.wait_idle(30)


def end_while_others_are_released(ready):
    """Many end at once, one more while the work item that releases them is between two turns."""
    bursts = [[Client() for _ in range(BURST)] for _ in PAUSES]
    assert khttpd.wait_for(
        lambda: khttpd.status()["connections_active"] == BURST * len(PAUSES), 20)
    ready()
    for pause, (last, *others) in zip(PAUSES, bursts):
        for client in others:
            client.reset()
        # The item gives up the processor after each turn: there this process takes over.
        time.sleep(pause)
        last.reset()
        # Long enough for the timer of the last one, which finds the item queued.
        keep_busy(0.05)


@pytest.mark.long("debug")
@pytest.mark.params(backlog=16384, max_connections_per_address=20000)
def test_end_while_others_are_released(loaded):
    """However many end at once, and whenever others do: all are released."""
    with system.processor_taken_by(end_while_others_are_released):
        pass
    assert khttpd.wait_idle(10)
