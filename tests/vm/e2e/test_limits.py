# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Every limit, at it and beyond it, and every time-out."""

import os
import time

import pytest

import khttpd
import system
from http_client import GET, PAGE, Client, request


def padded(size):
    """A request head of exactly this size."""
    start, end = b"GET / HTTP/1.1\r\nHost: t\r\nPad: ", b"\r\n\r\n"
    return start + b"x" * (size - len(start) - len(end)) + end


@pytest.mark.params(max_header_size=1024, max_target_size=256, max_header_count=5)
def test_header_size(both_ways):
    assert request(padded(1024)).status == 200
    with Client() as client:
        reply = client.get(padded(1025))
        assert (reply.status, reply.closes) == (431, True)
        assert client.closed()


@pytest.mark.params(max_header_size=1024, max_target_size=256, max_header_count=5)
def test_header_size_without_an_end(both_ways):
    with Client() as client:
        client.send(padded(4096)[:1100])
        assert client.reply().status == 431
        assert client.closed()


@pytest.mark.params(max_header_size=1024, max_target_size=256, max_header_count=5)
def test_target_size(both_ways):
    target = b"/?" + b"x" * 254
    assert request(b"GET " + target + b" HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
    with Client() as client:
        assert client.get(b"GET " + target + b"x HTTP/1.1\r\nHost: t\r\n\r\n").status == 414
        assert client.closed()
    with Client() as client:
        client.send(b"GET " + b"/" * 400)
        assert client.reply().status == 414
        assert client.closed()


@pytest.mark.params(max_header_size=1024, max_target_size=256, max_header_count=5)
def test_header_count(both_ways):
    start = b"GET / HTTP/1.1\r\nHost: t\r\n"
    assert request(start + b"A: b\r\n" * 4 + b"\r\n").status == 200
    with Client() as client:
        assert client.get(start + b"A: b\r\n" * 5 + b"\r\n").status == 431
        assert client.closed()


@pytest.mark.changes
def test_limits_that_are_lowered_hold_for_known_fields(loaded):
    """Fields that came before are compared instead of parsed; the limits are those of now."""
    head = padded(700)[:-2] + b"A: b\r\n" * 19 + b"\r\n"
    with Client() as client:
        for count in (100, 21):
            assert khttpd.apply(max_header_count=count) == 0
            for _ in range(3):
                assert client.get(head).status == 200
        assert khttpd.apply(max_header_count=20) == 0
        assert client.get(head).status == 431
    assert khttpd.apply(max_header_count=100, max_target_size=64, max_header_size=len(head)) == 0
    with Client() as client:
        for _ in range(3):
            assert client.get(head).status == 200
        assert khttpd.apply(max_header_size=len(head) - 1) == 0
        assert client.get(head).status == 431


@pytest.mark.params(max_body_size=1000)
def test_body_size(both_ways):
    start = b"POST / HTTP/1.1\r\nHost: t\r\n"
    with Client() as client:
        client.send(start + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000 + GET)
        assert client.reply().status == 405
        assert client.reply().status == 200
    with Client() as client:
        reply = client.get(start + b"Content-Length: 1001\r\n\r\n" + b"x" * 1001)
        assert (reply.status, reply.closes) == (413, True)
    chunk = b"1f4\r\n" + b"x" * 500 + b"\r\n"
    with Client() as client:
        client.send(start + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2 + b"0\r\n\r\n" + GET)
        assert client.reply().status == 405
        assert client.reply().status == 200
    with Client() as client:
        client.send(start + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 2)
        client.send(b"1\r\nx\r\n0\r\n\r\n")
        statuses = [client.reply().status]
        assert 413 in statuses
        assert client.closed()


# After each of these the connection closes, while more follows than buffers hold.
MUCH = 24 << 20
POST = b"POST / HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
REFUSALS = {
    "length": (413, POST + b"Content-Length: %d\r\n\r\n" % MUCH),
    "length of more than 64 bits": (413, POST + b"Content-Length: 99999999999999999999\r\n\r\n"),
    "chunk": (413, CHUNKED + b"%x\r\n" % MUCH),
    "second chunk": (413, CHUNKED + b"1\r\nx\r\n%x\r\n" % MUCH),
    "chunk of more than 63 bits": (413, CHUNKED + b"8000000000000000"),
    "chunk that is none": (400, CHUNKED + b"g\r\n"),
    "head": (400, b"POST / HTTP/1.1\r\nno colon\r\n"),
    "target": (414, b"POST /" + b"a" * 9000),
    "field": (431, POST + b"A: " + b"a" * 20000),
    "expectation": (417, POST + b"Expect: tea\r\nContent-Length: %d\r\n\r\n" % MUCH),
    "scheme": (421, b"POST https://t/ HTTP/1.1\r\nHost: t\r\n\r\n"),
    "coding": (501, POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n"),
    "method": (501, b"BREW / HTTP/1.1\r\nHost: t\r\n\r\n"),
    "connect": (405, b"CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n"),
    "version": (505, b"POST / HTTP/2.0\r\n\r\n"),
    "what was held back": (405, POST + b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n"),
    "last request": (200, b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_refused_clients_see_why(both_ways, refusal):
    """A client that sends all of its body before it reads is not reset."""
    status, start = REFUSALS[refusal]
    with Client(timeout=60) as client:
        client.send(start)
        client.send(b"x" * MUCH)
        reply = client.reply()
        assert (reply.status, reply.closes) == (status, True)
        assert client.closed()


def test_too_large_is_told_at_once(both_ways):
    """When the size is known, whether or not a byte of the body follows."""
    for name in ("length", "length of more than 64 bits", "chunk", "second chunk",
                 "chunk of more than 63 bits"):
        status, start = REFUSALS[name]
        with Client() as client:
            reply = client.get(start)
            assert (reply.status, reply.closes) == (status, True), name
            assert client.closed()


@pytest.mark.params(max_requests=3)
def test_requests_per_connection(both_ways):
    with Client() as client:
        client.send(GET * 5)
        assert not client.reply().closes
        assert not client.reply().closes
        assert client.reply().closes
        assert client.closed()


def refused(**options):
    """True when the connection is closed or reset without a reply, or answered 503."""
    try:
        with Client(**options) as client:
            client.send(GET)
            return client.rest()[:12] in (b"", b"HTTP/1.1 503")
    except OSError:
        return True


@pytest.mark.params(max_connections=20)
def test_connections(both_ways):
    clients = [Client() for _ in range(20)]
    for client in clients:
        assert client.get().status == 200
    before = khttpd.status()["connections_refused"]
    assert refused()
    assert khttpd.status()["connections_refused"] == before + 1
    clients.pop().close()
    assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] < 20)
    assert request(GET).status == 200
    for client in clients:
        assert client.get().status == 200
        client.close()


@pytest.mark.params(max_connections_per_address=10)
def test_connections_per_address(both_ways):
    clients = [Client(source="127.0.0.5") for _ in range(10)]
    for client in clients:
        assert client.get().status == 200
    assert refused(source="127.0.0.5")
    assert request(GET, source="127.0.0.6").status == 200
    assert request(GET, address="::1").status == 200
    for client in clients:
        client.close()
    assert khttpd.wait_idle()
    assert request(GET, source="127.0.0.5").status == 200


@pytest.mark.params(header_timeout=1, keepalive_timeout=60)
def test_slow_head(both_ways):
    """The limit is absolute: a byte now and then does not extend it."""
    before = khttpd.status()["timeouts_header"]
    start = time.monotonic()
    with Client(timeout=20) as client:
        client.send(GET[:10])
        sent = 10
        client.sock.settimeout(0.2)
        data = b""
        while time.monotonic() - start < khttpd.scaled(10):
            try:
                data = client.sock.recv(4096)
                break
            except TimeoutError:
                client.send(GET[sent:sent + 1])
                sent += 1
        took = time.monotonic() - start
        assert data == b"" or data.startswith(b"HTTP/1.1 408 "), data
        assert 0.8 < took < khttpd.scaled(4)
    assert khttpd.wait_for(lambda: khttpd.status()["timeouts_header"] == before + 1)


@pytest.mark.params(header_timeout=1, keepalive_timeout=60)
def test_no_first_byte(both_ways):
    start = time.monotonic()
    with Client(timeout=20) as client:
        data = client.rest()
        assert data == b"" or data.startswith(b"HTTP/1.1 408 ")
        assert 0.8 < time.monotonic() - start < khttpd.scaled(4)


@pytest.mark.params(header_timeout=1, keepalive_timeout=60)
def test_408_says_close(loaded):
    with Client(timeout=20) as client:
        client.send(GET[:-2])
        reply = client.reply()
        assert (reply.status, reply.closes) == (408, True)
        assert client.closed()


@pytest.mark.params(header_timeout=1, keepalive_timeout=60)
def test_second_head_has_its_own_time(both_ways):
    with Client(timeout=20) as client:
        assert client.get().status == 200
        time.sleep(1.6)
        assert client.get().status == 200
        start = time.monotonic()
        client.send(GET[:5])
        client.rest()
        assert 0.8 < time.monotonic() - start < khttpd.scaled(4)


@pytest.mark.params(keepalive_timeout=1)
def test_idle(both_ways):
    before = khttpd.status()["timeouts_keepalive"]
    with Client(timeout=20) as client:
        start = time.monotonic()
        assert client.get().status == 200
        assert client.closed()
        assert 0.8 < time.monotonic() - start < khttpd.scaled(4)
    assert khttpd.wait_for(lambda: khttpd.status()["timeouts_keepalive"] == before + 1)


class Held:
    """All processors but the first are kept busy until then, and this one while it is a context."""

    def __init__(self, until):
        self.processors = sorted(os.sched_getaffinity(0))
        self.until = until
        self.holders = []

    def hold(self, processor):
        """Returns once the processor is held."""
        def work(ready):
            ready()
            while time.monotonic() < self.until:
                pass
        return system.realtime_process(processor, work)

    def __enter__(self):
        os.sched_setaffinity(0, self.processors[:1])
        self.holders = [self.hold(processor) for processor in self.processors[1:]]
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))

    def __exit__(self, *_):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        os.sched_setaffinity(0, self.processors)
        for process in self.holders:
            os.waitpid(process, 0)


def send_with_the_deadline(client, earliest, over):
    """
    Sends a request when the time is over, at `earliest` or at `over`; False if nobody can say
    what the server did first.
    """
    with Held(over + 0.4):
        if time.monotonic() > earliest - 0.05:
            return False
        while time.monotonic() < over + 0.2:
            pass
        client.send(GET)
        return time.monotonic() < over + 0.35


@pytest.mark.stock
@pytest.mark.params(inline=1, keepalive_timeout=2)
def test_request_that_comes_with_the_deadline(loaded):
    """The time is over, but before the work queue can tell, a request is there: it is answered."""
    for _ in range(10):
        with Client(timeout=20) as client:
            earliest = time.monotonic() + 2
            assert client.get().status == 200
            over = time.monotonic() + 2
            time.sleep(1.6)
            if not send_with_the_deadline(client, earliest, over):
                continue
            assert client.reply().body == PAGE
            start = time.monotonic()
            assert client.closed()
            assert 1 < time.monotonic() - start < khttpd.scaled(4)
            return
    pytest.fail("a machine too busy to hold its processors in time")


@pytest.mark.params(keepalive_timeout=0)
def test_keepalive_off(loaded):
    with Client() as client:
        reply = client.get()
        assert (reply.status, reply.body, reply.closes) == (200, PAGE, True)
        assert client.closed()


@pytest.mark.params(body_timeout=1)
def test_slow_body(both_ways):
    with Client(timeout=20) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nabc")
        start = time.monotonic()
        data = client.rest()
        assert data.startswith(b"HTTP/1.1 4")
        assert time.monotonic() - start < khttpd.scaled(5)


@pytest.mark.long("worker")
@pytest.mark.params(min_send_rate=1000000, send_timeout=5)
def test_reader_that_is_too_slow(both_ways):
    """Replies wait for a peer that does not read: it is cut off."""
    before = khttpd.status()["timeouts_send"]
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send_aside(GET * 50000)
        assert khttpd.wait_for(lambda: khttpd.status()["timeouts_send"] > before, 40)
    assert khttpd.wait_idle()


@pytest.mark.params(linger_timeout=1)
def test_peer_that_never_closes(both_ways):
    """After our close the connection is released when the peer does not close in time."""
    with Client() as client:
        client.get(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        assert client.closed()
        start = time.monotonic()
        assert khttpd.wait_idle()
        assert time.monotonic() - start < khttpd.scaled(5)


@pytest.mark.params(body="x" * 2000)
def test_unwanted_input_does_not_destroy_the_reply(both_ways):
    """However much is sent behind a request that closes: what is not acknowledged is not reset."""
    count = 30
    last = b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n"
    with Client(receive_buffer=4096, timeout=60) as client:
        before = khttpd.status()["bytes_received"]
        client.send(GET * (count - 1) + last)
        thread = client.send_aside(b"x" * (3 << 20))
        assert khttpd.wait_for(lambda: khttpd.status()["bytes_received"] - before > 2 << 20, 10)
        for _ in range(count):
            assert client.reply().body == b"x" * 2000
        thread.join()


def test_close_does_not_destroy_the_reply(both_ways):
    """Unread input at our close would make TCP send RST and the peer lose the reply."""
    with Client() as client:
        client.send_aside(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 200000)
        reply = client.reply()
        assert reply.status == 400
        assert client.closed()
