# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What peers can make the module hold: counted until it is freed, and bounded."""

import contextlib
import fcntl
import struct
import termios
import time

import pytest

import khttpd
import system
from folder import Folder, content
from http_client import Client

ROOT = "/run/held"
FILES = 24
SIZE = 1 << 20
CACHE_KIB = 8192
# What may have left the cache's table and is not freed yet, by kapi/fs/cache.c.
CONTENT = (CACHE_KIB << 10) * 5 // 4

on_files = pytest.mark.params(docroot=ROOT, cache_size=CACHE_KIB, cache_max_file=1024,
                              keepalive_timeout=3600)


@pytest.fixture(scope="module", autouse=True)
def folder():
    with Folder(ROOT) as made:
        for number in range(FILES):
            made.write(f"{number}.bin", content(SIZE))
        made.write("small.bin", content(2000))
        made.settle()
        yield made


def held(kind):
    return khttpd.status()[f"held_{kind}_bytes"]


def request_of(number, fields=b""):
    return b"GET /%d.bin HTTP/1.1\r\nHost: t\r\n%s\r\n" % (number % FILES, fields)


def content_held():
    """Of content, once every CPU has received something: until then it keeps packets that another
    one is through with (skb_attempt_defer_free)."""
    for _ in system.on_each_processor():
        with Client() as client:
            client.get()
    return held("content")


def unread(client):
    """The bytes in the client's receive queue."""
    return struct.unpack("i", fcntl.ioctl(client.sock, termios.FIONREAD, bytes(4)))[0]


def send_buffers_of(size):
    return system.setting("/proc/sys/net/ipv4/tcp_wmem", f"{size} {size} {size}")


@contextlib.contextmanager
def clients(count, **options):
    """Connections that are reset in the end: what was sent to them is freed then."""
    opened = []
    try:
        for _ in range(count):
            opened.append(Client(**options))
        yield opened
    finally:
        for client in opened:
            client.reset()


@on_files
@pytest.mark.changes
def test_content_is_bounded_while_nobody_reads(both_ways):
    """Replies and packets refer to bodies that the cache's table has long given up."""
    before = khttpd.status()["blocked_sends"]
    with clients(khttpd.fewer(48), receive_buffer=4096) as opened:
        for number, client in enumerate(opened):
            client.send(b"".join(request_of(number + more) for more in range(4)))
        assert khttpd.wait_for(
            lambda: khttpd.status()["blocked_sends"] - before >= len(opened), 10)
        most = 0
        for _ in range(20):
            most = max(most, held("content"))
            time.sleep(0.05)
        assert CACHE_KIB << 9 < most <= CONTENT
        # Another client is served beside them, from the cache or not.
        with Client(timeout=60) as other:
            for number in range(FILES):
                assert other.get(request_of(number)).body == content(SIZE)
        assert held("content") <= CONTENT
    assert khttpd.wait_idle()
    assert khttpd.wait_for(lambda: content_held() <= CACHE_KIB << 10, 10)
    assert khttpd.apply(cache_size=0, cache_max_file=0) == 0
    # What packets referred to is looked at until it is free.
    assert khttpd.wait_for(lambda: content_held() == 0, 10)


@on_files
@pytest.mark.changes
def test_a_short_range_keeps_no_body(both_ways):
    """A peer that acknowledges nothing holds the bytes that it asked for, not what they are part
    of: as the receiver takes what arrives, it is the packets in its queue that count here."""
    before = khttpd.status()["responses_2xx"]
    with clients(khttpd.fewer(96)) as opened:
        for number, client in enumerate(opened):
            for first in (0, 70000, 4095):
                client.send(request_of(number, b"Range: bytes=%d-%d\r\n" % (first, first)))
        assert khttpd.wait_for(
            lambda: khttpd.status()["responses_2xx"] - before >= 3 * len(opened), 10)
        assert khttpd.apply(cache_size=0, cache_max_file=0) == 0
        # The table is empty, and the replies are with TCP: only their packets are left.
        assert khttpd.wait_for(lambda: content_held() == 0, 10)
        for client in opened:
            for first in (0, 70000, 4095):
                assert client.reply().body == content(SIZE)[first:first + 1]
    assert khttpd.wait_idle()


@on_files
@pytest.mark.changes
def test_what_packets_refer_to_stays_counted(both_ways):
    """A body whose bytes wait unread in a receive queue is counted when nobody else has it."""
    with Client() as client:
        client.send(request_of(0, b"Range: bytes=0-65535\r\n"))
        assert khttpd.wait_for(lambda: unread(client) > 60000, 10)
        assert khttpd.apply(cache_size=0, cache_max_file=0) == 0
        time.sleep(1)
        assert held("content") >= 65536
        assert client.reply().body == content(SIZE)[:65536]
    assert khttpd.wait_for(lambda: content_held() == 0, 10)


@on_files
def test_heads_tails_and_replies_are_counted(both_ways):
    with clients(20) as opened:
        for client in opened:
            client.send(b"GET / HTTP/1.1\r\nHost: t\r\nX: " + b"x" * 3000)
        assert khttpd.wait_for(lambda: held("heads") >= 20 * 4096, 10)
    assert khttpd.wait_for(lambda: held("heads") == 0, 10)
    with clients(20, receive_buffer=4096) as opened:
        for number, client in enumerate(opened):
            client.send(b"".join(request_of(number + more) for more in range(8)))
        assert khttpd.wait_for(lambda: held("replies") >= 20 * 100, 10)
    assert khttpd.wait_for(lambda: held("replies") == 0, 10)
    # Batches of replies from memory, larger than these send buffers.
    small = b"GET /small.bin HTTP/1.1\r\nHost: t\r\n\r\n"
    with Client() as client:
        assert client.get(small).body == content(2000)
    with send_buffers_of(4096), clients(5, receive_buffer=4096) as opened:
        for client in opened:
            client.send_aside(small * 2000)
        assert khttpd.wait_for(lambda: held("tails") > 0, 10)
    assert khttpd.wait_for(lambda: held("tails") == 0, 10)
    assert khttpd.wait_idle()


@pytest.mark.long()
@pytest.mark.params(docroot=ROOT)
def test_a_paused_reader_goes_on(both_ways, folder):
    """A player on pause: its window is closed for longer than a slow reader has."""
    size = 24 << 20
    folder.write("long.bin", bytes(size))
    with Client(receive_buffer=65536, timeout=60) as client:
        client.send(b"GET /long.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        assert len(client.reply(pause=17).body) == size


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(docroot=ROOT, send_timeout=6, min_send_rate=0)
def test_a_pause_has_an_end(both_ways):
    before = khttpd.status()["timeouts_send"]
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send(request_of(0) * 30)
        assert khttpd.wait_for(lambda: khttpd.status()["timeouts_send"] > before, 40)
    assert khttpd.wait_idle()


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(docroot=ROOT, linger_timeout=1)
def test_a_reply_on_its_way_outlasts_the_linger_time(both_ways):
    """Its connection counts, for its address too, as long as what is sent is not acknowledged."""
    with Client(receive_buffer=4096, timeout=60) as client:
        client.send(b"GET /0.bin HTTP/1.1\r\nHost: t\r\nRange: bytes=0-299999\r\n"
                    b"Connection: close\r\n\r\n")
        time.sleep(khttpd.scaled(3))
        assert khttpd.status()["connections_active"] == 1
        assert client.reply().body == content(SIZE)[:300000]
    assert khttpd.wait_idle()
