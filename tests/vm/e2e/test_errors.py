# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What is refused, how, and what happens to the connection and to the bytes behind it."""

import socket

import pytest

import khttpd
from http_client import GET, PAGE, Client

HOST = b"Host: t\r\n"


def lines(*parts):
    return b"\r\n".join(parts) + b"\r\n\r\n"


# RFC 9112 sections 2.2, 3, 5, 6 and 7; RFC 9110 sections 7.2 and 8.6.
BAD = {
    "no-host": lines(b"GET / HTTP/1.1"),
    "two-hosts": lines(b"GET / HTTP/1.1", b"Host: a", b"Host: b"),
    "bad-host": lines(b"GET / HTTP/1.1", b"Host: a b"),
    "space-before-colon": lines(b"GET / HTTP/1.1", b"Host: t", b"Name : x"),
    "folded-line": lines(b"GET / HTTP/1.1", b"Host: t", b"Name: x", b" y"),
    "nul": lines(b"GET / HTTP/1.1", b"Host: t", b"Name: \0"),
    "bare-cr": lines(b"GET / HTTP/1.1", b"Host: t", b"Name: a\rb"),
    "no-colon": lines(b"GET / HTTP/1.1", b"Host: t", b"Name"),
    "empty-name": lines(b"GET / HTTP/1.1", b"Host: t", b": x"),
    "two-spaces": lines(b"GET  / HTTP/1.1", b"Host: t"),
    "no-version": lines(b"GET /", b"Host: t"),
    "garbage": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "length-and-chunked": lines(b"POST / HTTP/1.1", b"Host: t", b"Content-Length: 5",
                                b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "unequal-lengths": lines(b"POST / HTTP/1.1", b"Host: t", b"Content-Length: 5",
                             b"Content-Length: 6") + b"hello",
    "length-plus": lines(b"POST / HTTP/1.1", b"Host: t", b"Content-Length: +5") + b"hello",
    "length-hex": lines(b"POST / HTTP/1.1", b"Host: t", b"Content-Length: 0x5") + b"hello",
    "chunk-size": lines(b"POST / HTTP/1.1", b"Host: t", b"Transfer-Encoding: chunked")
    + b"zz\r\nhello\r\n0\r\n\r\n",
    "chunk-end": lines(b"POST / HTTP/1.1", b"Host: t", b"Transfer-Encoding: chunked")
    + b"5\r\nhelloXX0\r\n\r\n",
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_400_and_close(loaded, name):
    with Client() as client:
        client.send(BAD[name] + GET)
        reply = client.reply()
        assert reply.status == 400
        assert reply.closes
        assert client.closed()


@pytest.mark.parametrize("data, status, stays", [
    (b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n", 404, True),
    (b"GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: t\r\n\r\n", None, True),
    (b"PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc", 405, True),
    (b"DELETE / HTTP/1.1\r\nHost: t\r\n\r\n", 405, True),
    (b"TRACE / HTTP/1.1\r\nHost: t\r\n\r\n", 405, True),
    (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405, False),
    (b"BREW / HTTP/1.1\r\nHost: t\r\n\r\n", 501, False),
    (b"BREW / HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nabc", 501, False),
    (b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, False),
    (b"POST / HTTP/1.1\r\nHost: t\r\nExpect: tea\r\nContent-Length: 1\r\n\r\nx", 417, None),
    (b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 18446744073709551616\r\n\r\n", 413, False),
    (b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
     413, False),
    (b"GET / HTTP/2.0\r\nHost: t\r\n\r\n", 505, False),
    # RFC 9110 section 7.4
    (b"GET https://t/ HTTP/1.1\r\nHost: t\r\n\r\n", 421, False),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None, False)])
def test_refused(loaded, data, status, stays):
    with Client() as client:
        reply = client.get(data)
        if status:
            assert reply.status == status
        else:
            assert 400 <= reply.status < 600
        if status == 405:
            allow = [method.strip() for method in reply.field("allow").split(",")]
            assert "GET" in allow and "HEAD" in allow
        if stays is None:
            stays = not reply.closes
        if stays:
            assert client.get().body == PAGE
        else:
            assert reply.closes
            assert client.closed()


def test_options(loaded):
    with Client() as client:
        for target in (b"*", b"/"):
            reply = client.get(b"OPTIONS " + target + b" HTTP/1.1\r\nHost: t\r\n\r\n")
            assert reply.status in (200, 204)
            assert "GET" in reply.field("allow")


def test_bodies_are_framed(both_ways):
    """Bodies of both kinds and many sizes, each followed at once by another request."""
    with Client(timeout=30) as client:
        for size in (0, 1, 100, 4096, 70000):
            body = b"x" * size
            head = b"POST / HTTP/1.1\r\n" + HOST
            client.send(head + b"Content-Length: %d\r\n\r\n" % size + body + GET)
            assert client.reply().status == 405
            assert client.reply().body == PAGE
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in
                              (body[i:i + 999] for i in range(0, size, 999)))
            client.send(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n" + GET)
            assert client.reply().status == 405
            assert client.reply().body == PAGE


def test_body_that_looks_like_a_request(both_ways):
    with Client() as client:
        inner = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
        client.send(b"GET / HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % len(inner)
                    + inner + b"HEAD /none HTTP/1.1\r\nHost: t\r\n\r\n")
        assert client.reply().status == 200
        assert client.reply(head=True).status == 404
        assert client.silent()


def test_expect_continue(both_ways):
    with Client() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                    b"Content-Length: 5\r\n\r\n")
        reply = client.reply()
        if reply.status == 100:
            client.send(b"hello")
            reply = client.reply()
        assert reply.status == 405
        if not reply.closes:
            client.send(GET)
            assert client.reply().status in (200, 400)


def test_leading_empty_lines(both_ways):
    with Client() as client:
        assert client.get(b"\r\n\r\n" + GET).body == PAGE
        assert client.get(b"\r\n" + GET).body == PAGE


@pytest.mark.long("debug")
def test_random_bytes(both_ways, log):
    """Any byte string gets a reply or a close; nothing is said in the kernel log about it."""
    import random
    generator = random.Random(20261124)
    pieces = [b"GET / HTTP/1.1\r\n", b"Host: t\r\n", b"\r\n", b"\r", b"\n", b"\0", b":", b" ",
              b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"5\r\nhello\r\n",
              b"0\r\n\r\n", b"POST ", b"HTTP/1.1", b"\xff\xfe", b"%", b"*"]
    for _ in range(150):
        with Client() as client:
            data = b"".join(generator.choice(pieces) if generator.random() < 0.8 else
                            generator.randbytes(generator.randrange(40))
                            for _ in range(generator.randrange(1, 14)))
            try:
                client.send(data)
                client.half_close()
                rest = client.rest()
            except (ConnectionResetError, BrokenPipeError, OSError):
                continue
            assert rest == b"" or rest.startswith(b"HTTP/1.1 "), (data, rest[:80])
    assert khttpd.wait_idle()
    assert [line for line in log() if "khttpd" in line and "serving" not in line
            and "unloaded" not in line and "taint" not in line] == []


def test_urgent_data_is_read_in_place(both_ways):
    """tcp_read_sock() stops at an urgent byte; one must neither hang nor end a connection."""
    with Client() as client:
        client.sock.send(b"GET / HTTP/1.1\r\nHo", socket.MSG_OOB)
        client.sock.send(b"st: t\r\n\r", socket.MSG_OOB)
        client.send(b"\n")
        assert client.reply().body == PAGE
        assert client.get().body == PAGE
