# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Fields of replies with files, multipart content, HEAD, redirects, and what curl makes of them."""

import email
import email.policy
import json
import subprocess

import pytest

from folder import Folder
from http_client import Client, get

ROOT = "/tmp/fields"
SITE = Folder(ROOT)
write = SITE.write
URL = "http://127.0.0.1:8081/"
DATA = bytes(range(256)) * 40

pytestmark = [pytest.mark.params(docroot=ROOT, cache_control="max-age=60, public",
                                 index="start.html", charset="iso-8859-15"),
              pytest.mark.long("debug")]


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        write("data.bin", DATA)
        write("start.html", b"<p>start\n")
        write("sub/start.html", b"<p>sub\n")
        write("page.html", b"plain\n" * 100)
        for suffix in (".gz", ".br", ".zst"):
            write("page.html" + suffix, suffix.encode() * 10)
        yield


def test_fields_by_status(both_ways):
    """200, 206 and 304 have the fields that caches go by (RFC 9110 sections 15.3.7 and 15.4.5)."""
    with Client() as client:
        for _ in range(2):
            full = get(client, "/page.html")
            tag = full.field("etag")
            for status, *fields in ((200,), (206, "Range: bytes=0-1"),
                                    (304, f"If-None-Match: {tag}")):
                for method in ("GET",) if status == 206 else ("GET", "HEAD"):
                    reply = get(client, "/page.html", *fields, method=method)
                    assert reply.status == status, fields
                    assert reply.field("cache-control") == "max-age=60, public"
                    assert reply.field("vary") == "Accept-Encoding"
                    assert reply.field("etag") == tag
                    assert reply.field("date")


def test_zst(both_ways):
    with Client() as client:
        for accept in ("zstd", "gzip, deflate, br, zstd"):
            reply = get(client, "/page.html", f"Accept-Encoding: {accept}")
            assert reply.field("content-encoding") == "zstd"
            assert reply.body == b".zst" * 10


def test_charset_and_index(both_ways):
    with Client() as client:
        for path, body in (("/", b"<p>start\n"), ("/sub/", b"<p>sub\n")):
            reply = get(client, path)
            assert reply.body == body
            assert reply.field("content-type") == "text/html; charset=iso-8859-15"
        assert get(client, "/data.bin").field("content-type") == "application/octet-stream"


def test_head_of_other_statuses(both_ways):
    with Client() as client:
        tag = get(client, "/data.bin").field("etag")
        for path, status, *fields in (("/sub", 301), ("/none", 404),
                                      ("/data.bin", 304, f"If-None-Match: {tag}")):
            head = get(client, path, *fields, method="HEAD")
            full = get(client, path, *fields)
            assert (head.status, head.body) == (status, b"")
            assert [f for f in head.fields if f[0] != "date"] == \
                [f for f in full.fields if f[0] != "date"]


def test_redirect_keeps_the_query(both_ways):
    query = "a=%5B1%5D&" + "q" * 7000
    with Client() as client:
        reply = get(client, "/sub?" + query)
        assert reply.status == 301
        assert reply.field("location") == "/sub/?" + query


def test_multipart_is_read_by_a_mail_parser(both_ways):
    """RFC 9110 section 14.6: multipart/byteranges is the multipart of mail."""
    ranges = ((0, 9), (100, 299), (10200, 10239))
    text = ",".join(f"{first}-{last}" for first, last in ranges)
    boundaries = set()
    with Client() as client:
        for _ in range(3):
            reply = get(client, "/data.bin", f"Range: bytes={text}")
            assert reply.status == 206
            kind = reply.field("content-type")
            boundaries.add(kind)
            text_of_mail = f"Content-Type: {kind}\r\n\r\n".encode() + reply.body
            message = email.message_from_bytes(text_of_mail, policy=email.policy.HTTP)
            assert message.is_multipart() and not message.defects
            parts = message.get_payload()
            assert len(parts) == len(ranges)
            for part, (first, last) in zip(parts, ranges):
                assert part.get_content_type() == "application/octet-stream"
                assert part["Content-Range"] == f"bytes {first}-{last}/{len(DATA)}"
                assert part.get_payload(decode=True) == DATA[first:last + 1]
    assert len(boundaries) == 3


def test_several_ranges_of_a_coded_file(both_ways):
    with Client() as client:
        reply = get(client, "/page.html", "Accept-Encoding: gzip", "Range: bytes=0-0,9-9")
        assert (reply.status, reply.body) == (200, b".gz" * 10)


@pytest.mark.parametrize("status, size, arguments", [
    (200, len(DATA), [URL + "data.bin"]),
    (200, 0, ["-I", URL + "data.bin"]),
    (206, 10, ["-r", "5-14", URL + "data.bin"]),
    (206, None, ["-r", "0-1,5-6", URL + "data.bin"]),
    (304, 0, ["-H", "If-None-Match: *", URL + "data.bin"]),
    (412, None, ["-H", 'If-Match: "x"', URL + "data.bin"]),
    (416, None, ["-r", "99999-", URL + "data.bin"]),
    (404, None, [URL + "none"]),
    (405, None, ["-X", "DELETE", URL]),
    (204, 0, ["-X", "OPTIONS", URL]),
    (200, 7, ["-L", URL + "sub"]),
    (200, 40, ["-H", "Accept-Encoding: zstd", URL + "page.html"])])
def test_curl_reads_every_kind(both_ways, status, size, arguments):
    """Twice over one connection: a reply framed wrongly would spoil the second."""
    run = subprocess.run(["curl", "-sS", "--max-time", "60", "-w", "%{stderr}%{json}\\n",
                          *arguments, "-o", "/tmp/curl-1", arguments[-1], "-o", "/tmp/curl-2"],
                         check=True, stderr=subprocess.PIPE, text=True)
    seen = [json.loads(line) for line in run.stderr.splitlines() if line.startswith("{")]
    assert [one["response_code"] for one in seen] == [status] * 2
    assert [one["http_version"] for one in seen] == ["1.1"] * 2
    assert seen[1]["num_connects"] == 0
    if size is not None:
        assert [one["size_download"] for one in seen] == [size] * 2
