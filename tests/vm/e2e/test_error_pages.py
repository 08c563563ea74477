# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Error pages: files sent with the status of an error, and what happens when they are not there."""

import errno
import os

import pytest

import khttpd
from folder import Folder
from http_client import Client, get

ROOT = "/tmp/pages"
SITE = Folder(ROOT)
write = SITE.write
LARGE = b"<p>503\n" * 40000
PAGES = "404=/404.html 403=/errors/403.txt 500=/missing.html 503=/large.html"

pytestmark = pytest.mark.params(docroot=ROOT, error_pages=PAGES)


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        write("404.html", b"<p>not here\n")
        write("errors/403.txt", b"not for you\n")
        write("large.html", LARGE)
        write("secret", b"SECRET")
        write("page.html", b"page\n")
        os.mkdir(ROOT + "/empty")
        os.chmod(ROOT + "/secret", 0o600)
        os.symlink("/etc/passwd", ROOT + "/out")
        yield


def test_status_type_and_content(both_ways):
    with Client() as client:
        for path, status, kind, body in (
                ("/none", 404, "text/html; charset=utf-8", b"<p>not here\n"),
                ("/out", 404, "text/html; charset=utf-8", b"<p>not here\n"),
                ("/secret", 403, "text/plain; charset=utf-8", b"not for you\n"),
                ("/empty/", 403, "text/plain; charset=utf-8", b"not for you\n")):
            for fields in ((), ("Range: bytes=0-1",), ("If-None-Match: *",), ("If-Match: *",)):
                reply = get(client, path, *fields)
                assert (reply.status, reply.field("content-type")) == (status, kind), path
                assert reply.body == body
                assert not any(reply.field(name) for name in
                               ("etag", "last-modified", "accept-ranges", "content-range"))
            head = get(client, path, method="HEAD")
            assert head.status == status
            assert head.field("content-length") == str(len(body))
        assert get(client, "/404.html").status == 200
        assert get(client, "/page.html").body == b"page\n"


def test_what_keeps_its_text(both_ways):
    with Client() as client:
        reply = get(client, "/none", "Content-Length: 0", method="POST")
        assert (reply.status, reply.body) == (405, b"405 Method Not Allowed\n")
        reply = get(client, "/page.html", 'If-Match: "x"')
        assert (reply.status, reply.body) == (412, b"412 Precondition Failed\n")
    with Client() as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert client.reply().body == b"400 Bad Request\n"


def test_page_that_is_gone(both_ways):
    with Client() as client:
        os.rename(ROOT + "/404.html", ROOT + "/kept")
        try:
            reply = get(client, "/none")
            assert (reply.status, reply.body) == (404, b"404 Not Found\n")
            os.symlink("/etc/passwd", ROOT + "/404.html")
            assert get(client, "/none").body == b"404 Not Found\n"
            os.unlink(ROOT + "/404.html")
            os.mkfifo(ROOT + "/404.html")
            assert get(client, "/none").body == b"404 Not Found\n"
            os.unlink(ROOT + "/404.html")
        finally:
            os.rename(ROOT + "/kept", ROOT + "/404.html")
        assert get(client, "/none").body == b"<p>not here\n"


@pytest.mark.params(error_pages="404=/large.html")
def test_pipelined_in_order(both_ways):
    paths = ["/none", "/page.html", "/empty/", "/none"] * 5
    wanted = {"/none": LARGE, "/page.html": b"page\n", "/empty/": b"403 Forbidden\n"}
    with Client(timeout=60) as client:
        client.send_aside(b"".join(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
                                   for path in paths))
        for path in paths:
            assert client.reply().body == wanted[path], path
    # A reader that leaves in the middle leaves nothing open.
    for number in range(10):
        client = Client(receive_buffer=4096)
        client.send(b"GET /none HTTP/1.1\r\nHost: t\r\n\r\n")
        client.sock.recv(1 + 997 * number)
        client.reset()
    assert khttpd.wait_idle()


@pytest.mark.params(error_pages="404=/404.html", routes="/a 200 text/plain file:/none")
def test_route_whose_file_is_gone(both_ways):
    with Client() as client:
        reply = get(client, "/a")
        assert (reply.status, reply.body) == (404, b"<p>not here\n")


@pytest.mark.parametrize("parameters, line", [
    ({"error_pages": "404=/x"}, "error_pages: files need docroot"),
    ({"error_pages": "404=x", "docroot": ROOT}, "error_pages: 404=x does not begin with /"),
    ({"error_pages": "404=/.x", "docroot": ROOT}, "error_pages: 404=/.x is hidden"),
    ({"error_pages": "418=/x", "docroot": ROOT}, "error_pages: 418=/x: the status is not 403"),
    ({"error_pages": "404=/x 404=/y", "docroot": ROOT},
     "error_pages: 404=/y: the status already has a page")],
    ids=["docroot", "relative", "hidden", "status", "twice"])
def test_refused_at_load(unloaded, log, parameters, line):
    log().clear()
    assert khttpd.load(**parameters) == errno.EINVAL
    lines = khttpd.own_lines(log)
    assert len(lines) == 1 and lines[0].startswith("khttpd: " + line), lines
