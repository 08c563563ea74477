# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Routes: replies written in the configuration, as text or as a file with a status of its own."""

import errno
import os
import re

import pytest

import khttpd
from folder import Folder
from http_client import GET, PAGE, Client, get

ROOT = "/tmp/routes"
SITE = Folder(ROOT)
ROUTES = (r"/healthz 200 text/plain 'ok\n' ; /json 200 application/json '{\qa\q: \'b;\'}' ; "
          r"/old 301 https://example.org/new?a=b ; /none 204 ; /down 503 text/html '<p>later' ; "
          r"/a%20b 200 text/plain 'blank'")
FILES = ("/robots.txt 200 text/plain file:/robots.txt ; /large 200 a/b file:/large.bin ; "
         "/down 503 text/html file:/down.html ; /secret 200 a/b file:/secret ; "
         "/out 200 a/b file:/out ; /sub 200 a/b file:/sub ; /index.html 410 text/plain 'gone'")
LARGE = bytes(range(256)) * 4000


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        for name, data in (("robots.txt", b"User-agent: *\n"), ("down.html", b"<p>later\n"),
                           ("large.bin", LARGE), ("secret", b"SECRET"), ("index.html", b"index")):
            SITE.write(name, data)
        os.mkdir(ROOT + "/sub")
        os.chmod(ROOT + "/secret", 0o600)
        os.symlink("/etc/passwd", ROOT + "/out")
        yield


@pytest.mark.params(routes=ROUTES)
def test_texts(both_ways):
    with Client() as client:
        for path, status, kind, body in (
                ("/healthz", 200, "text/plain; charset=utf-8", b"ok\n"),
                ("/healthz?x=y", 200, "text/plain; charset=utf-8", b"ok\n"),
                ("//x/../%68ealthz", 200, "text/plain; charset=utf-8", b"ok\n"),
                ("/json", 200, "application/json", b"{\"a\": 'b;'}"),
                ("/down", 503, "text/html; charset=utf-8", b"<p>later"),
                ("/a%20b", 200, "text/plain; charset=utf-8", b"blank"),
                ("/old", 301, "text/plain; charset=utf-8", b"301 Moved Permanently\n"),
                ("/none", 204, None, b""),
                ("/healthz/", 404, "text/plain; charset=utf-8", b"404 Not Found\n")):
            reply = get(client, path)
            assert (reply.status, reply.field("content-type"), reply.body) == (status, kind, body)
            head = get(client, path, method="HEAD")
            assert head.status == status
            assert head.field("content-length") == reply.field("content-length")
        assert get(client, "/old").field("location") == "https://example.org/new?a=b"
        assert client.get().body == PAGE


@pytest.mark.params(routes=ROUTES)
def test_other_methods(both_ways):
    with Client() as client:
        assert get(client, "/healthz", method="OPTIONS").status == 204
        for method in ("POST", "PUT", "DELETE"):
            assert get(client, "/healthz", "Content-Length: 0", method=method).status == 405
        assert get(client, "/healthz", "Expect: 100-continue", "Content-Length: 0").body == b"ok\n"


@pytest.mark.params(routes=ROUTES)
def test_answered_in_the_receive_path(loaded):
    with Client() as client:
        get(client, "/healthz")
        before = khttpd.status()
        for _ in range(20):
            assert get(client, "/healthz").body == b"ok\n"
        after = khttpd.status()
    assert after["requests_inline"] - before["requests_inline"] == 20
    assert after["requests_worker"] == before["requests_worker"]
    assert after["cache_misses"] == before["cache_misses"]


STATUSES = " ; ".join(f"/{status} {status} text/plain 'x'" for status in
                      (203, 402, 422, 425, 429, 451, 499, 506, 511, 599))


@pytest.mark.params(routes=STATUSES + " ; /205 205 ; /a 503 a/b 'x' ; /b 503 a/b 'x' retry=3600 ; "
                    "/c 429 a/b file:/robots.txt retry=60 ; /d 503 a/b file:/robots.txt ; "
                    "/e 503 a/b file:/robots.txt retry=7200", docroot=ROOT)
def test_statuses(both_ways):
    """Each with its reason, which the client wants of every reply."""
    with Client() as client:
        for status in (203, 402, 422, 425, 429, 451, 499, 506, 511, 599):
            reply = get(client, f"/{status}")
            assert (reply.status, reply.body) == (status, b"x")
            assert reply.field("retry-after") is None
        reply = get(client, "/205")
        assert (reply.status, reply.body, reply.field("content-length")) == (205, b"", "0")
        for path, seconds in (("/a", "1"), ("/b", "3600"), ("/c", "60"), ("/d", "1"),
                              ("/e", "7200")):
            for method in ("GET", "HEAD"):
                assert get(client, path, method=method).field("retry-after") == seconds, path


@pytest.mark.params(routes=FILES, docroot=ROOT)
def test_files(both_ways):
    with Client(timeout=30) as client:
        for path, kind, body in (
                ("/robots.txt", "text/plain; charset=utf-8", b"User-agent: *\n"),
                ("/large", "a/b", LARGE)):
            reply = get(client, path)
            assert (reply.status, reply.field("content-type"), reply.body) == (200, kind, body)
            assert reply.field("etag") and reply.field("last-modified")
            part = get(client, path, "Range: bytes=0-1")
            assert (part.status, part.field("content-type"), part.body) == (206, kind, body[:2])
            assert get(client, path, "If-None-Match: *").status == 304
            assert get(client, path, method="HEAD").field("content-length") == str(len(body))
        # With another status they are not what a request's conditions are about.
        for path, status, kind, body in (
                ("/down", 503, "text/html; charset=utf-8", b"<p>later\n"),
                ("/index.html", 410, "text/plain; charset=utf-8", b"gone")):
            for fields in ((), ("Range: bytes=0-1",), ("If-None-Match: *",), ('If-Match: "x"',)):
                reply = get(client, path, *fields)
                assert (reply.status, reply.field("content-type")) == (status, kind), path
                assert reply.body == body
                assert reply.field("etag") is None and reply.field("last-modified") is None
            head = get(client, path, method="HEAD")
            assert head.status == status
            assert head.field("content-length") == reply.field("content-length")
        assert get(client, "/old").field("location") == "https://example.org/new?a=b"
        assert client.get().body == PAGE


@pytest.mark.params(routes=ROUTES)
def test_other_methods(both_ways):
    with Client() as client:
        assert get(client, "/healthz", method="OPTIONS").status == 204
        for method in ("POST", "PUT", "DELETE"):
            assert get(client, "/healthz", "Content-Length: 0", method=method).status == 405
        assert get(client, "/healthz", "Expect: 100-continue", "Content-Length: 0").body == b"ok\n"


@pytest.mark.params(routes=ROUTES)
def test_answered_in_the_receive_path(loaded):
    with Client() as client:
        get(client, "/healthz")
        before = khttpd.status()
        for _ in range(20):
            assert get(client, "/healthz").body == b"ok\n"
        after = khttpd.status()
    assert after["requests_inline"] - before["requests_inline"] == 20
    assert after["requests_worker"] == before["requests_worker"]
    assert after["cache_misses"] == before["cache_misses"]


STATUSES = " ; ".join(f"/{status} {status} text/plain 'x'" for status in
                      (203, 402, 422, 425, 429, 451, 499, 506, 511, 599))


@pytest.mark.params(routes=STATUSES + " ; /205 205 ; /a 503 a/b 'x' ; /b 503 a/b 'x' retry=3600 ; "
                    "/c 429 a/b file:/robots.txt retry=60 ; /d 503 a/b file:/robots.txt ; "
                    "/e 503 a/b file:/robots.txt retry=7200", docroot=ROOT)
def test_statuses(both_ways):
    """Each with its reason, which the client wants of every reply."""
    with Client() as client:
        for status in (203, 402, 422, 425, 429, 451, 499, 506, 511, 599):
            reply = get(client, f"/{status}")
            assert (reply.status, reply.body) == (status, b"x")
            assert reply.field("retry-after") is None
        reply = get(client, "/205")
        assert (reply.status, reply.body, reply.field("content-length")) == (205, b"", "0")
        for path, seconds in (("/a", "1"), ("/b", "3600"), ("/c", "60"), ("/d", "1"),
                              ("/e", "7200")):
            for method in ("GET", "HEAD"):
                assert get(client, path, method=method).field("retry-after") == seconds, path


@pytest.mark.params(routes=FILES, docroot=ROOT)
def test_files(both_ways):
    with Client(timeout=30) as client:
        for path, kind, body in (
                ("/robots.txt", "text/plain; charset=utf-8", b"User-agent: *\n"),
                ("/large", "a/b", LARGE)):
            reply = get(client, path)
            assert (reply.status, reply.field("content-type"), reply.body) == (200, kind, body)
            assert reply.field("etag") and reply.field("last-modified")
            part = get(client, path, "Range: bytes=0-1")
            assert (part.status, part.field("content-type"), part.body) == (206, kind, body[:2])
            assert get(client, path, "If-None-Match: *").status == 304
            assert get(client, path, method="HEAD").field("content-length") == str(len(body))
        # With another status they are not what a request's conditions are about.
        for path, status, kind, body in (
                ("/down", 503, "text/html; charset=utf-8", b"<p>later\n"),
                ("/index.html", 410, "text/plain; charset=utf-8", b"gone")):
            # A file that is sent with 200 is as others are; nothing else has validators.
            for fields, wanted, part in (((), status, body),
                                         (("Range: bytes=0-1",), 206, body[:2]),
                                         (("If-None-Match: *",), 304, b""),
                                         (('If-Match: "x"',), 412, None)):
                reply = get(client, path, *fields)
                if status == 200:
                    assert reply.status == wanted, path
                    assert part is None or reply.body == part
                    assert bool(reply.field("etag")) == (wanted != 412)
                    continue
                assert (reply.status, reply.body) == (status, body), path
                assert reply.field("content-type") == kind
                assert reply.field("etag") is None and reply.field("last-modified") is None
            assert get(client, path).field("content-type") == kind
            head = get(client, path, method="HEAD")
            assert head.status == status
            assert head.field("content-length") == str(len(body))
        assert get(client, "/down.html").field("etag")
        assert get(client, "/secret").status == 403
        assert get(client, "/out").status == 404
        assert get(client, "/sub").status == 404
        assert get(client, "/").body == b"index"


@pytest.mark.params(routes=FILES, docroot=ROOT)
def test_pipelined_with_files_in_order(both_ways):
    wanted = {"/robots.txt": b"User-agent: *\n", "/large": LARGE, "/down": b"<p>later\n",
              "/index.html": b"gone", "/": b"index", "/down.html": b"<p>later\n"}
    paths = list(wanted) * 5
    with Client(timeout=60) as client:
        client.send_aside(b"".join(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
                                   for path in paths))
        for path in paths:
            assert client.reply().body == wanted[path], path


BAD = [
    ("/a", "routes: entry 1: has no status"),
    ("a 204", "routes: entry 1: a does not begin with /"),
    ("/a 204 ; /b 099", "routes: entry 2: status 099 is out of range: 200..599"),
    ("/a 304", "routes: entry 1: status 304 answers a condition of the request"),
    ("/a 401 text/plain 'x'", "routes: entry 1: status 401 needs a challenge (WWW-Authenticate), "
     "and the server cannot check the password: use 403"),
    ("/a 300 /b", "routes: entry 1: status 300 is not possible here: content needs"),
    ("/a 200 text/html; 'x'", "routes: entry 1: text/html; is not a media type: TYPE/SUBTYPE"),
    ("/a 301 http:///b", "routes: entry 1: http:///b is not an address: it must start with /"),
    ("/a 503 a/b '' retry=0", "routes: entry 1: retry=0 is not retry=SECONDS: 1..31536000"),
    ("/a 204 a/b 'x'", "routes: entry 1: 204 must be followed by nothing, because it has no"
     " content"),
    ("/a 302", "routes: entry 1: 302 must be followed by an address"),
    ("/a 204 ; /./a 204", "routes: entry 2: /./a already has a route"),
    ("/a 200 text/plain ok", "routes: entry 1: ok is neither file:/NAME nor 'TEXT'"),
    ("/a 200 text/plain 'x\r\nA: b'", "routes: a text of 27 bytes has a control character"),
    ("/a 200 text/plain file:/f", "routes: entry 1: a file needs docroot"),
    ("/a 200 text/plain '" + "x" * 2049 + "'", "routes: entry 1: the text has 2049 bytes"),
]


@pytest.mark.parametrize("routes, line", BAD, ids=[str(number) for number in range(len(BAD))])
def test_refused_at_load(unloaded, log, routes, line):
    log().clear()
    assert khttpd.load(routes=routes) == errno.EINVAL
    lines = khttpd.own_lines(log)
    assert len(lines) == 1 and lines[0].startswith("khttpd: " + line), lines


@pytest.mark.params(routes=ROUTES)
@pytest.mark.changes
def test_apply(loaded):
    """Routes come, go and are refused while the module runs; what is shown can be written again."""
    with Client() as client:
        assert khttpd.config()["routes"] == ROUTES
        assert khttpd.apply(routes="/new 200 text/plain 'new'") == 0
        assert get(client, "/new").body == b"new"
        assert get(client, "/healthz").status == 404
        error, mistakes = khttpd.change(routes="/new 100")
        assert error == errno.EINVAL
        assert re.fullmatch("[0-9]+: .*status 100 is out of range.*\n", mistakes), mistakes
        assert get(client, "/new").body == b"new"
        assert khttpd.config()["routes"] == "/new 200 text/plain 'new'"
        assert khttpd.apply(**khttpd.config()) == 0
        assert khttpd.apply(routes="/ 200 text/plain 'root'") == 0
        assert client.get(GET).body == b"root"
        assert khttpd.apply(routes="") == 0
        assert client.get(GET).body == PAGE


@pytest.mark.params(routes=FILES, docroot=ROOT)
@pytest.mark.changes
def test_apply_while_files_are_sent(both_ways):
    """The configuration changes between a request and its file, over and over."""
    choices = ({"routes": "", "docroot": ""}, {"routes": FILES, "docroot": ROOT},
               {"routes": "/large 200 a/b 'text'", "docroot": ROOT})
    for number in range(30):
        with Client(timeout=30) as client:
            client.send(b"GET /large HTTP/1.1\r\nHost: t\r\n\r\n" * 4)
            assert khttpd.apply(**choices[number % 3]) == 0
            for _ in range(4):
                reply = client.reply()
                assert reply.status == 404 or reply.body in (LARGE, b"text"), reply
    assert khttpd.wait_idle()
