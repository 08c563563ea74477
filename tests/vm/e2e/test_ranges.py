# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Many ranges at once, as clients ask that put a file together from an old one; empty files."""

import pytest

import khttpd
from folder import Folder, content
from http_client import Client, get

ROOT = "/tmp/ranges"
# The one is kept in the response cache, the other is sent from the file.
CACHED, UNCACHED = 1 << 19, 3 << 20
MOST = 512

pytestmark = pytest.mark.params(docroot=ROOT)


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT) as folder:
        for size in (CACHED, UNCACHED, 1800):
            folder.write(f"{size}.bin", content(size))
        folder.write("empty", b"")
        yield


def ranges_field(ranges):
    return "Range: bytes=" + ",".join(f"{first}-{last}" for first, last in ranges)


def parts_of(reply, size):
    """The parts of a multipart reply, as (first, last, content)."""
    kind, boundary = reply.field("content-type").split("; boundary=")
    assert kind == "multipart/byteranges"
    delimiter = b"\r\n--" + boundary.encode()
    before, *parts, after = reply.body.split(delimiter)
    assert (before, after) == (b"", b"--\r\n")
    for part in parts:
        head, body = part.split(b"\r\n\r\n", 1)
        fields = dict(line.split(": ") for line in head.decode().split("\r\n")[1:])
        unit, asked = fields["Content-Range"].split(" ")
        positions, total = asked.split("/")
        assert (unit, int(total)) == ("bytes", size)
        assert fields["Content-Type"] == "application/octet-stream"
        yield (*map(int, positions.split("-")), body)


@pytest.mark.parametrize("size", [CACHED, UNCACHED])
def test_many_ranges(both_ways, size):
    """zsync asks for 20 at once, zchunk for 255."""
    data = content(size)
    with Client(timeout=60) as client:
        for _ in range(2):
            for number, length in ((17, 4096), (20, 10000), (255, 1), (255, 700), (MOST, 200)):
                ranges = [(at, at + length - 1)
                          for at in range(3, size - length, size // number)][:number]
                reply = get(client, f"/{size}.bin", ranges_field(ranges))
                assert reply.status == 206, (number, length)
                assert list(parts_of(reply, size)) == [
                    (first, last, data[first:last + 1]) for first, last in ranges]
            # One more than the bound.
            ranges = [(at * 20, at * 20) for at in range(MOST + 1)]
            reply = get(client, f"/{size}.bin", ranges_field(ranges))
            assert (reply.status, reply.body == data) == (200, True)
            assert get(client, f"/{size}.bin", ranges_field(ranges[1:])).status == 206


def test_many_ranges_out_of_order(both_ways):
    data = content(CACHED)
    ranges = [(at, at + 4) for at in range(64 * 100, 0, -100)]
    with Client() as client:
        reply = get(client, f"/{CACHED}.bin", ranges_field(ranges))
        assert [part[2] for part in parts_of(reply, CACHED)] == [
            data[first:last + 1] for first, last in ranges]
        reply = get(client, f"/{CACHED}.bin", ranges_field([*ranges, (0, 0)]))
        assert (reply.status, reply.body == data) == (200, True)


def test_many_ranges_of_a_small_file(both_ways):
    """What is between many parts must not cost more than the whole."""
    with Client() as client:
        for number, status in ((16, 206), (17, 200), (180, 200)):
            ranges = [(at * 10, at * 10) for at in range(number)]
            assert get(client, "/1800.bin", ranges_field(ranges)).status == status


def test_many_replies_of_many_parts(both_ways):
    """In a pipeline, and let down by a reader that leaves; nothing is held afterwards."""
    ranges = [(at * 500, at * 500 + 99) for at in range(MOST)]
    request = (f"GET /{CACHED}.bin HTTP/1.1\r\nHost: t\r\n{ranges_field(ranges)}\r\n\r\n").encode()
    data = content(CACHED)
    with Client(timeout=60) as client:
        client.send_aside(request * 10)
        for _ in range(10):
            assert [part[2] for part in parts_of(client.reply(), CACHED)] == [
                data[first:last + 1] for first, last in ranges]
    for number in range(10):
        client = Client(receive_buffer=4096)
        client.send(request)
        client.sock.recv(1 + 997 * number)
        client.reset()
    assert khttpd.wait_idle()
    assert khttpd.status()["held_replies_bytes"] == 0


def test_ranges_of_an_empty_file(both_ways):
    """All of it may be asked for; what lies behind its end may not (RFC 9110 section 14.2)."""
    with Client() as client:
        for _ in range(2):
            for text in ("0-", "0-0", "0-1023", "-1", "-500"):
                reply = get(client, "/empty", f"Range: bytes={text}")
                assert (reply.status, reply.body) == (200, b""), text
                assert reply.field("content-range") is None
            for text in ("1-", "5-9", "-0"):
                reply = get(client, "/empty", f"Range: bytes={text}")
                assert reply.status == 416, text
                assert reply.field("content-range") == "bytes */0"
