# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Files below a document root: content, ranges, conditions, and what must not be served."""

import os
import subprocess
import time

import pytest

import khttpd
from folder import Folder, content
from http_client import Client, get, leave_early, request_to

ROOT = "/tmp/site"
SITE = Folder(ROOT)
write = SITE.write
URL = "http://127.0.0.1:8081/"
SIZES = (0, 1, 100, 2008, 2009, 2049, 4095, 4096, 4097, 65535, 65536, 65537, 98305, 300000, 1 << 20)

pytestmark = pytest.mark.params(docroot=ROOT)


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        for size in SIZES:
            write(f"{size}.bin", content(size))
        write("index.html", b"<!DOCTYPE html><title>top</title>\n")
        write("sub/index.html", b"<!DOCTYPE html><title>sub</title>\n")
        write("style.css", b"body { color: black }\n" * 50)
        write("with space.txt", b"spaced\n")
        write("secret.txt", b"SECRET\n")
        os.mkdir(ROOT + "/sub/empty")
        os.chmod(ROOT + "/secret.txt", 0o600)
        os.symlink("/etc/passwd", ROOT + "/out")
        os.symlink("../../etc", ROOT + "/outdir")
        os.symlink("/proc/self/root/etc/passwd", ROOT + "/magic")
        os.symlink("100.bin", ROOT + "/inside")
        os.mkfifo(ROOT + "/fifo")
        os.mknod(ROOT + "/device", 0o020666, os.makedev(1, 5))
        yield


def test_content(both_ways):
    with Client() as client:
        for _ in range(2):
            for size in SIZES:
                reply = get(client, f"/{size}.bin")
                assert reply.status == 200, size
                assert reply.body == content(size), size
                assert reply.field("etag").startswith('"')
                assert reply.field("last-modified").endswith(" GMT")
                head = get(client, f"/{size}.bin", method="HEAD")
                assert head.field("content-length") == str(size)


def test_pipelined_files_in_order(both_ways):
    sizes = [size for size in SIZES if size < 70000] * 6
    with Client(timeout=30) as client:
        client.send_aside(b"".join(b"GET /%d.bin HTTP/1.1\r\nHost: t\r\n\r\n" % size
                                   for size in sizes))
        for size in sizes:
            assert client.reply().body == content(size), size


def test_types_and_names(both_ways):
    with Client() as client:
        for path, kind in (("/", "text/html; charset=utf-8"), ("/style.css", "text/css"),
                           ("/sub/", "text/html"), ("/with%20space.txt", "text/plain"),
                           ("/sub/../style.css", "text/css"), ("/./index.html", "text/html"),
                           ("/inside", "")):
            reply = get(client, path)
            assert reply.status == 200, path
            assert kind in (reply.field("content-type") or ""), path
        reply = get(client, "/sub")
        assert reply.status in (301, 308)
        assert reply.field("location").endswith("/sub/")


@pytest.mark.parametrize("path", [
    "/out", "/outdir/passwd", "/magic", "/secret.txt", "/fifo", "/device", "/../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/sub/../../../etc/passwd",
    "/index.html/", "/100.bin/x", "/none", "/sub/empty/", "/100.bin%00", "//etc/passwd"])
def test_not_served(both_ways, path):
    with Client() as client:
        reply = get(client, path)
        assert reply.status in (400, 403, 404), reply
        assert b"root:" not in reply.body and b"SECRET" not in reply.body


def test_conditions(both_ways):
    with Client() as client:
        first = get(client, "/4096.bin")
        tag, date = first.field("etag"), first.field("last-modified")
        for field, status in ((f"If-None-Match: {tag}", 304), ('If-None-Match: "x"', 200),
                              ("If-None-Match: *", 304), (f"If-None-Match: W/{tag}", 304),
                              (f'If-None-Match: "a", {tag}', 304), (f"If-Match: {tag}", 200),
                              ('If-Match: "x"', 412), ("If-Match: *", 200),
                              (f"If-Modified-Since: {date}", 304),
                              ("If-Modified-Since: Thu, 01 Jan 1970 00:00:01 GMT", 200),
                              ("If-Modified-Since: never", 200),
                              (f"If-Unmodified-Since: {date}", 200),
                              ("If-Unmodified-Since: Thu, 01 Jan 1970 00:00:01 GMT", 412)):
            reply = get(client, "/4096.bin", field)
            assert reply.status == status, field
            if status == 304:
                assert reply.field("etag") == tag
                assert reply.body == b""


def test_ranges(both_ways):
    size = 65537
    data = content(size)
    with Client() as client:
        for text, first, last in (("0-0", 0, 0), ("0-99", 0, 99), ("100-", 100, size - 1),
                                  ("-1", size - 1, size - 1), ("-70000", 0, size - 1),
                                  ("4095-4097", 4095, 4097), ("0-999999", 0, size - 1)):
            reply = get(client, f"/{size}.bin", f"Range: bytes={text}")
            assert reply.status == 206, text
            assert reply.field("content-range") == f"bytes {first}-{last}/{size}"
            assert reply.body == data[first:last + 1], text
        reply = get(client, f"/{size}.bin", f"Range: bytes={size}-")
        assert reply.status == 416
        assert reply.field("content-range") == f"bytes */{size}"
        for text in ("bytes=5-4", "bytes=a-b", "lines=1-2", "bytes="):
            assert get(client, f"/{size}.bin", f"Range: {text}").status in (200, 416), text
        reply = get(client, f"/{size}.bin", "Range: bytes=0-9,20-29")
        assert reply.status == 206
        assert reply.field("content-type").startswith("multipart/byteranges; boundary=")
        assert data[0:10] in reply.body and data[20:30] in reply.body
        # Larger than what is hashed: weak until the file's times are over.
        assert khttpd.wait_for(
            lambda: get(client, f"/{size}.bin").field("etag").startswith('"'), 10)
        tag = get(client, f"/{size}.bin").field("etag")
        assert get(client, f"/{size}.bin", "Range: bytes=0-1", f"If-Range: {tag}").status == 206
        assert get(client, f"/{size}.bin", "Range: bytes=0-1", 'If-Range: "x"').status == 200


@pytest.mark.long("worker")
def test_changed_file_is_seen(both_ways):
    with Client() as client:
        for number in range(3):
            write("changing.txt", b"version %d\n" % number * (number + 1))
            time.sleep(1.2)
            reply = get(client, "/changing.txt")
            assert reply.body == b"version %d\n" % number * (number + 1)
        os.unlink(ROOT + "/changing.txt")
        time.sleep(1.2)
        assert get(client, "/changing.txt").status == 404


def test_encodings(both_ways):
    write("page.html", b"plain\n" * 100)
    stamp = os.stat(ROOT + "/page.html").st_mtime
    for suffix, data in ((".gz", b"gzip data"), (".br", b"brotli data")):
        write("page.html" + suffix, data)
        os.utime(ROOT + "/page.html" + suffix, (stamp, stamp))
    with Client() as client:
        for accept, coding, body in (("gzip", "gzip", b"gzip data"),
                                     ("gzip, br", "br", b"brotli data"),
                                     ("gzip;q=0", None, b"plain\n" * 100)):
            reply = get(client, "/page.html", f"Accept-Encoding: {accept}")
            assert reply.field("content-encoding") == coding
            assert reply.body == body
            assert "accept-encoding" in reply.field("vary").lower()
            assert reply.field("content-type").startswith("text/html")


def test_curl_resumes(both_ways):
    out = "/tmp/resumed"
    with open(out, "wb") as file:
        file.write(content(1 << 20)[:300000])
    subprocess.run(["curl", "-sS", "-f", "-C", "-", "-o", out, URL + "1048576.bin"], check=True)
    with open(out, "rb") as file:
        assert file.read() == content(1 << 20)


def test_sparse_file_beyond_4_gib(loaded):
    size = (5 << 30) + 3
    with open(ROOT + "/huge", "wb") as file:
        file.truncate(size)
        file.seek(size - 3)
        file.write(b"end")
    with Client() as client:
        assert get(client, "/huge", method="HEAD").field("content-length") == str(size)
        reply = get(client, "/huge", f"Range: bytes={size - 10}-")
        assert reply.field("content-range") == f"bytes {size - 10}-{size - 1}/{size}"
        assert reply.body == b"\0" * 7 + b"end"
    os.unlink(ROOT + "/huge")


def test_file_cut_short_while_it_is_sent(both_ways):
    """The connection ends; never are other bytes sent in place of those that are gone."""
    write("shrinking", content(8 << 20))
    with Client(receive_buffer=4096, timeout=30) as client:
        client.send(b"GET /shrinking HTTP/1.1\r\nHost: t\r\n\r\n")
        client.sock.recv(1000)
        os.truncate(ROOT + "/shrinking", 1000)
        total = 0
        try:
            while True:
                data = client.sock.recv(1 << 20)
                if not data:
                    break
                total += len(data)
        except ConnectionResetError:
            pass
        assert total < 8 << 20
    os.unlink(ROOT + "/shrinking")
    assert khttpd.wait_idle()


def test_reader_that_leaves(both_ways):
    """Downloads given up at any point leave nothing open."""
    for number in range(khttpd.fewer(30)):
        leave_early(request_to("/1048576.bin"), 1 + 997 * number, number % 2)
    assert khttpd.wait_idle()


def test_cache_counters(loaded):
    SITE.settle()
    with Client() as client:
        get(client, "/100.bin")
        before = khttpd.status()
        for _ in range(20):
            assert get(client, "/100.bin").status == 200
        after = khttpd.status()
    assert after["cache_hits"] - before["cache_hits"] >= 18
    assert after["cache_entries"] >= 1
    assert after["cache_bytes"] >= 100
