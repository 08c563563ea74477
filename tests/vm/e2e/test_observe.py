# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Counters and tracepoints against what was sent."""

import os
import re
import threading
import time

import pytest

import khttpd
from bpftrace import run_script
from http_client import GET, Client, request
from tracing import Recording
from whole import seldom


def difference(before, after):
    return {name: after[name] - before[name] for name in after
            if isinstance(after[name], int) and after[name] != before.get(name)}


def test_counters(both_ways):
    khttpd.wait_idle()
    before = khttpd.status()
    received = sent = 0
    with Client() as client:
        for data, head in ((GET, False), (GET.replace(b"GET", b"HEAD"), True),
                           (b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n", False),
                           (b"GET /%zz HTTP/1.1\r\nHost: t\r\n\r\n", False),
                           (b"GET / HTTP/1.1\r\nHost: t\r\n"
                            b"Transfer-Encoding: gzip, chunked\r\n\r\n", False)):
            client.send(data)
            sent += len(data)
            while b"\r\n\r\n" not in client.buffer:
                client._more()
            start = client.buffer
            reply = client.reply(head)
            received += start.index(b"\r\n\r\n") + 4 + len(reply.body)
        assert khttpd.status()["connections_active"] == 1
        assert client.closed()
    assert khttpd.wait_idle()
    change = difference(before, khttpd.status())
    assert change["connections_accepted"] == 1
    assert change["responses_2xx"] == 2
    assert change["responses_4xx"] == 2
    assert change["responses_5xx"] == 1
    assert change["parse_errors"] == 1
    assert change["requests"] == change.get("requests_inline", 0) + \
        change.get("requests_worker", 0)
    # A request that is there before its connection is accepted is answered where it is accepted.
    if khttpd.parameter("inline") == "1":
        assert change.get("requests_worker", 0) <= 1
    else:
        assert "requests_inline" not in change
    assert change["requests"] in (4, 5)
    assert change["bytes_received"] == sent
    assert change["bytes_sent"] == received


def test_status_file_form(loaded):
    with open("/proc/net/khttpd/status", encoding="ascii") as file:
        lines = file.read().splitlines()
    for line in lines:
        assert re.match(r"^[a-z0-9_]+ \S+$", line), line
    names = [line.split(" ")[0] for line in lines]
    assert len(names) == len(set(names))
    for name in ("version port listeners inline uptime_seconds connections_active "
                 "connections_accepted connections_refused requests requests_inline "
                 "requests_worker responses_1xx responses_2xx responses_3xx responses_4xx "
                 "responses_5xx bytes_received bytes_sent timeouts_header timeouts_keepalive "
                 "timeouts_send parse_errors cache_entries cache_bytes cache_hits cache_misses "
                 "cache_evictions").split():
        assert name in names


def test_tracepoints(both_ways):
    with Recording("accept", "request", "response", "close") as recording:
        with Client() as client:
            client.get()
            client.get(b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n")
        assert khttpd.wait_idle()
        time.sleep(0.1)
        events = recording.events()
    assert [event.name for event in events] == ["accept", "request", "response", "request",
                                                "response", "close"]
    assert events[3].fields["target"] == "/none"
    for number, status in ((2, 200), (4, 404)):
        assert events[number].number("status") == status
        assert events[number].number("bytes") > 100
        assert 0 < events[number].number("latency_ns") < 5_000_000_000
    assert "reason" in events[5].fields


class Closes(Recording):
    """The reasons in close events."""

    def __init__(self):
        super().__init__("close")

    def reasons(self):
        return [event.fields["reason"] for event in self.events()]

    def end(self, reason, seconds=10):
        """Of what ends from now on: true when it ended for this reason alone."""
        count = len(self.reasons())
        return lambda: set(khttpd.wait_for(lambda: self.reasons()[count:], seconds)) == {reason}


@pytest.mark.parametrize("inline", [seldom(0), 1])
def test_reasons_of_a_close(unloaded, inline):
    assert khttpd.load(inline=inline, keepalive_timeout=2, min_send_rate=1000000,
                       send_timeout=5) == 0
    with Closes() as closes:
        told = closes.end("peer")
        with Client() as client:
            client.get()
        assert told()
        told = closes.end("reply")
        with Client() as client:
            client.get(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            assert client.closed()
        assert told()
        told = closes.end("timeout")
        with Client() as client:
            client.get()
            assert client.closed()
        assert told()
        told = closes.end("error")
        client = Client()
        client.get()
        client.reset()
        assert told()
        told = closes.end("slow", 40)
        with Client(receive_buffer=4096) as client:
            client.send_aside(GET * 50000)
            assert told()
        told = closes.end("unload")
        before = khttpd.status()["blocked_sends"]
        with Client(receive_buffer=4096) as stuck, Client() as client:
            # The grace that unload gives the one keeps the module there to tell of the other.
            stuck.send_aside(GET * 50000)
            assert khttpd.wait_for(lambda: khttpd.status()["blocked_sends"] > before, 20)
            client.get()
            thread = threading.Thread(target=khttpd.unload)
            thread.start()
            assert client.closed()
            client.close()
            assert told()
            thread.join()
    assert not khttpd.loaded()


ROOT = "/tmp/observed"
FILE = ROOT + "/file"


@pytest.fixture
def file():
    os.makedirs(ROOT, exist_ok=True)
    with open(FILE, "wb") as out:
        out.write(bytes(range(256)) * (32 << 10))
    yield FILE
    os.unlink(FILE)


def start_of_file(**options):
    """A client that has the first bytes of a file too large for the buffers."""
    client = Client(receive_buffer=4096, timeout=30, **options)
    client.send(b"GET /file HTTP/1.1\r\nHost: t\r\n\r\n")
    assert client.sock.recv(1000)
    return client


@pytest.mark.params(docroot=ROOT)
def test_bytes_of_a_reply(file, both_ways):
    """All of it: what is copied, what is sent by reference, in one part and in several."""
    os.truncate(file, 100000)
    os.utime(file, (time.time() - 60,) * 2)
    received = []
    with Recording("response") as recording:
        with Client() as client:
            for fields in (b"", b"", b"", b"Range: bytes=0-49999\r\n",
                           b"Range: bytes=0-9,20000-49999,60000-60099\r\n"):
                client.send(b"GET /file HTTP/1.1\r\nHost: t\r\n" + fields + b"\r\n")
                while b"\r\n\r\n" not in client.buffer:
                    client._more()
                head = client.buffer.index(b"\r\n\r\n") + 4
                received.append(head + len(client.reply().body))
        traced = [event.number("bytes") for event in recording.events()]
    assert traced == received
    assert min(traced) > 30000


@pytest.mark.params(body_timeout=1, linger_timeout=1, docroot=ROOT)
def test_counters_of_what_ends_a_connection(file, both_ways):
    khttpd.wait_idle()

    def counted(work, seconds=10):
        """What the counters of ends say about it."""
        before = khttpd.status()
        work()
        assert khttpd.wait_idle(seconds)
        change = difference(before, khttpd.status())
        return {name: value for name, value in change.items()
                if name in ("connections_closed", "timeouts_header", "timeouts_keepalive",
                            "timeouts_body", "timeouts_linger", "timeouts_send", "resets",
                            "file_errors", "out_of_memory")}

    def body_timeout():
        with Client(timeout=20) as client:
            client.send(b"POST /file HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\nabc")
            assert client.reply().status == 408
            assert client.closed()
    assert counted(body_timeout) == {"connections_closed": 1, "timeouts_body": 1}

    kept = []

    def no_close():
        client = Client()
        kept.append(client)
        client.get(b"GET /none HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
    assert counted(no_close) == {"connections_closed": 1, "timeouts_linger": 1}
    kept.pop().close()

    def reset_while_idle():
        for _ in range(3):
            client = Client()
            client.get(b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n")
            client.reset()
    assert counted(reset_while_idle) == {"connections_closed": 3, "resets": 3}

    def reset_within_a_file():
        for _ in range(10):
            start_of_file().reset()
    assert counted(reset_within_a_file) == {"connections_closed": 10, "resets": 10}

    def cut_file():
        with start_of_file() as client:
            os.truncate(file, 1000)
            try:
                while client.sock.recv(1 << 20):
                    pass
            except ConnectionResetError:
                pass
    assert counted(cut_file) == {"connections_closed": 1, "resets": 1, "file_errors": 1}


@pytest.mark.stock
def test_bpftrace_request_latency(loaded):
    def work():
        with Client() as client:
            for _ in range(40):
                client.get()
    output = run_script("request_latency", work)
    counts = [int(number) for number in re.findall(r"^\[.*\)\s+(\d+) \|", output, re.M)]
    assert sum(counts) == 40, output
    assert "@status[200]: 40" in output


@pytest.mark.stock
def test_bpftrace_tcp_counters(loaded):
    def work():
        for _ in range(15):
            request(GET)
        khttpd.wait_idle()
    output = run_script("tcp_counters", work)
    assert "@accepted: 15" in output, output
    assert "@closed[" in output
    assert re.search(r"@requests\[GET\]: 15\b", output), output
    sent = int(re.search(r"@sent_bytes: (\d+)", output)[1])
    assert sent > 15 * 100, output
