# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Replies of the built-in page over one connection: framing, order, persistence, closing."""

import random
import subprocess
import time

import pytest

import khttpd
from http_client import GET, PAGE, Client, request


def test_page(both_ways):
    reply = request(GET)
    assert reply.status == 200
    assert reply.body == PAGE
    assert reply.field("content-type") == "text/plain; charset=utf-8"
    assert reply.field("server").startswith("khttpd")


def test_curl(both_ways):
    url = "http://127.0.0.1:8081/"
    run = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", url, url], check=True,
                         stdout=subprocess.PIPE)
    assert run.stdout.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert run.stdout.endswith(PAGE)


def test_curl_uses_one_connection(both_ways):
    before = khttpd.status()["connections_accepted"]
    url = "http://127.0.0.1:8081/"
    subprocess.run(["curl", "-sS", "-o", "/dev/null", "-o", "/dev/null", url, url], check=True)
    assert khttpd.status()["connections_accepted"] == before + 1


def test_request_split_at_every_byte(both_ways):
    data = b"GET / HTTP/1.1\r\nHost: test\r\nAccept: */*\r\n\r\n"
    for cut in range(1, len(data)):
        with Client() as client:
            client.send(data[:cut])
            time.sleep(0.002)
            client.send(data[cut:])
            reply = client.reply()
            assert (reply.status, reply.body) == (200, PAGE), cut


def test_request_byte_by_byte(both_ways):
    with Client() as client:
        for _ in range(3):
            for byte in GET:
                client.send(bytes([byte]))
            assert client.reply().body == PAGE


def test_chunked_body_byte_by_byte(both_ways):
    data = (b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5;x=y\r\nhello\r\n3\r\nabc\r\n0\r\nTrailer: t\r\n\r\n")
    with Client() as client:
        for byte in data + GET:
            client.send(bytes([byte]))
        assert client.reply().status == 405
        assert client.reply().body == PAGE


def test_body_split_at_every_byte(both_ways):
    data = (b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"a\r\n0123456789\r\n0\r\n\r\n")
    for cut in range(1, len(data)):
        with Client() as client:
            client.send(data[:cut])
            time.sleep(0.002)
            client.send(data[cut:] + GET)
            assert client.reply().status == 405, cut
            assert client.reply().status == 200, cut


def test_thousand_pipelined_in_order(both_ways):
    kinds = [(GET, 200), (b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n", 404),
             (b"DELETE / HTTP/1.1\r\nHost: t\r\n\r\n", 405),
             (b"OPTIONS / HTTP/1.1\r\nHost: t\r\n\r\n", 204)]
    order = [kinds[(i * i + i // 7) % len(kinds)] for i in range(1000)]
    with Client() as client:
        thread = client.send_aside(b"".join(data for data, _ in order))
        for number, (_, status) in enumerate(order):
            assert client.reply().status == status, number
        thread.join()
        client.half_close()
        assert client.closed()


def test_reader_that_waits_gets_every_reply(both_ways):
    """More replies than the buffers hold: the server stops, then goes on by write_space."""
    count = 20000
    blocked = khttpd.status()["blocked_sends"]
    with Client(receive_buffer=4096, timeout=60) as client:
        thread = client.send_aside(GET * count)
        assert khttpd.wait_for(lambda: khttpd.status()["blocked_sends"] > blocked, 20)
        received = b""
        total = None
        while total is None or len(received) < total:
            data = client.sock.recv(1 << 20)
            assert data
            received += data
            if total is None and received.count(PAGE):
                total = count * (received.index(PAGE) + len(PAGE))
        thread.join()
    assert len(received) == total
    assert received.count(b"HTTP/1.1 200 OK\r\n") == count


def test_head(both_ways):
    with Client() as client:
        head = client.get(b"HEAD / HTTP/1.1\r\nHost: t\r\n\r\n", head=True)
        assert head.status == 200
        assert head.field("content-length") == str(len(PAGE))
        full = client.get()
        assert full.body == PAGE
        skip = ("date",)
        assert [f for f in head.fields if f[0] not in skip] == \
            [f for f in full.fields if f[0] not in skip]
        missing = client.get(b"HEAD /none HTTP/1.1\r\nHost: t\r\n\r\n", head=True)
        assert missing.status == 404
        assert client.get().body == PAGE


def test_conditions_of_the_page(both_ways):
    with Client() as client:
        first = client.get()
        tag = first.field("etag")
        assert first.field("last-modified") is None
        for field, status in ((f"If-None-Match: {tag}", 304), ('If-None-Match: "x"', 200),
                              (f"If-Match: {tag}", 200), ('If-Match: "x"', 412),
                              (f"If-Modified-Since: {first.field('date')}", 200),
                              ("If-Unmodified-Since: Wed, 31 Dec 1969 23:59:59 GMT", 200)):
            reply = client.get(f"GET / HTTP/1.1\r\nHost: t\r\n{field}\r\n\r\n".encode())
            assert reply.status == status, field
            if status == 304:
                assert (reply.field("etag"), reply.body) == (tag, b"")
        assert client.get().body == PAGE


def test_half_closed_client_is_answered(both_ways):
    with Client() as client:
        client.send(GET * 5)
        client.half_close()
        for _ in range(5):
            assert client.reply().body == PAGE
        assert client.closed()


def test_half_close_without_a_request(both_ways):
    with Client() as client:
        client.half_close()
        assert client.closed()


def test_half_close_within_a_request(both_ways):
    with Client() as client:
        client.send(GET[:20])
        client.half_close()
        rest = client.rest()
        assert rest == b"" or rest.startswith(b"HTTP/1.1 400 ")


def test_reset_within_a_request(both_ways):
    for cut in (0, 1, 10, len(GET) - 1, len(GET)):
        client = Client()
        client.send(GET[:cut])
        client.reset()
    client = Client()
    client.send(GET * 500)
    client.reset()
    assert khttpd.wait_idle()
    assert request(GET).status == 200


def test_close_on_request(both_ways):
    with Client() as client:
        reply = client.get(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        assert (reply.status, reply.closes) == (200, True)
        assert client.closed()


def test_nothing_is_answered_after_close(both_ways):
    with Client() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" + GET)
        assert client.reply().status == 200
        assert client.closed()


@pytest.mark.parametrize("head, stays", [
    (b"GET / HTTP/1.0\r\n\r\n", False),
    (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", True),
    (b"GET / HTTP/1.0\r\nHost: t\r\nConnection: Keep-Alive\r\n\r\n", True),
    (b"GET / HTTP/1.0\r\nConnection: close, keep-alive\r\n\r\n", False),
    (b"GET / HTTP/1.1\r\nHost: t\r\nConnection: foo, CLOSE\r\n\r\n", False),
    (b"GET / HTTP/1.1\r\nHost: t\r\nConnection: keep-alive\r\n\r\n", True)])
def test_persistence(loaded, head, stays):
    with Client() as client:
        reply = client.get(head)
        assert (reply.status, reply.body) == (200, PAGE)
        if stays:
            if b"1.0" in head:
                assert reply.field("connection").lower() == "keep-alive"
            assert client.get().status == 200
        else:
            assert client.closed()


@pytest.mark.long("debug")
def test_known_fields_of_other_requests(both_ways):
    """What is known of one client's fields is taken for nothing but the same fields."""
    fields = b"Host: t\r\nCookie: " + b"c" * 300 + b"\r\n"
    asked = [(b"GET / HTTP/1.1\r\n", b"", PAGE, True), (b"GET / HTTP/1.0\r\n", b"", PAGE, False),
             (b"GET /?q HTTP/1.1\r\n", b"", PAGE, True), (b"HEAD / HTTP/1.1\r\n", b"", b"", True),
             (b"POST / HTTP/1.1\r\n", b"Content-Length: 3\r\n", None, True),
             (b"GET / HTTP/1.1\r\n", b"Connection: close\r\n", PAGE, False)]
    clients = [Client() for _ in asked]
    order = random.Random(1)
    for _ in range(300):
        i = order.randrange(len(asked))
        line, more, body, stays = asked[i]
        reply = clients[i].get(line + fields + more + b"\r\n" + b"xyz" * (body is None),
                               head=line.startswith(b"HEAD"))
        assert reply.status == (405 if body is None else 200)
        assert body is None or reply.body == body
        if not stays:
            assert clients[i].closed()
            clients[i] = Client()
    for client in clients:
        client.close()


def test_closed_connections_are_released(both_ways):
    """Those that both ends have closed wait for a tick, not longer."""
    assert khttpd.wait_idle()
    before = khttpd.status()
    for _ in range(100):
        with Client() as client:
            client.get(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
    assert khttpd.wait_idle(1)
    after = khttpd.status()
    assert after["connections_closed"] - before["connections_closed"] == 100
    assert after["timeouts_linger"] == before["timeouts_linger"]


def test_ipv6(both_ways):
    with Client("::1") as client:
        for _ in range(3):
            assert client.get().body == PAGE


def test_every_connection_is_answered(both_ways):
    """Hundreds of connections at once, each asked twice, in an order of their own."""
    clients = [Client() for _ in range(khttpd.fewer(300))]
    for client in clients:
        client.send(GET)
    for client in reversed(clients):
        assert client.reply().body == PAGE
    for client in clients[::2] + clients[1::2]:
        assert client.get().body == PAGE
    for client in clients:
        client.close()
    assert khttpd.wait_idle()


@pytest.mark.long("worker")
def test_wrk(both_ways):
    """A load generator finds no error, with and without pipelining, and gets its replies."""
    script = "/tmp/pipeline.lua"
    with open(script, "w", encoding="ascii") as file:
        file.write("init = function(args) local r = {}; for i = 1, 16 do "
                   "r[i] = wrk.format() end; all = table.concat(r) end\n"
                   "request = function() return all end\n")
    for extra in ([], ["-s", script]):
        before = khttpd.status()
        run = subprocess.run(["wrk", "-t1", "-c64", "-d3s", "--timeout", "20s", *extra,
                              "http://127.0.0.1:8081/"], check=True, stdout=subprocess.PIPE,
                             text=True)
        assert "Socket errors" not in run.stdout, run.stdout
        assert "Non-2xx" not in run.stdout, run.stdout
        assert khttpd.status()["requests"] - before["requests"] >= 16
