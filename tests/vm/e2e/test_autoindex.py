# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Directory listings: read as a browser would, for names that mean harm and for many of them."""

import email.utils
import html.parser
import os
import shutil
import urllib.parse

import pytest

import khttpd
from http_client import Client, get, leave_early, request_to

ROOT = "/tmp/listed"
MANY = 5000 if khttpd.WHOLE and not khttpd.DEBUG else 1000
HOSTILE = ["<script>alert(1)<", "&amp;&lt;", "a\"onclick=\"x", "it's", "100%25", "a#b?c=d;e",
           "new\nline", "tab\tand\x01\x7f", "javascript:alert(1)", "grüße-€-😀", "back\\slash",
           " leading and trailing ", "..a", "-", "x" * 255, "colon:", "'\"><b>"]
BROKEN = b"broken-\xff\xe2\x82-utf8"

pytestmark = pytest.mark.params(docroot=ROOT, autoindex=1)


class Page(html.parser.HTMLParser):
    """The rows of a listing: link, name, size and time as they are read."""

    def __init__(self, body):
        super().__init__()
        self.rows, self.row, self.title, self.within = [], None, "", []
        self.paragraphs = ""
        self.feed(body.decode())
        self.close()
        assert not self.within, self.within

    def handle_starttag(self, tag, attrs):
        assert tag in ("html", "head", "meta", "title", "body", "h1", "table", "thead", "tbody",
                       "tr", "th", "td", "a", "p"), tag
        if tag != "meta":
            self.within.append(tag)
        if tag == "tr":
            self.row = ["", ""]
        elif tag == "td":
            self.row.append("")
        elif tag == "a":
            assert [name for name, _ in attrs] == ["href"]
            self.row[0] = attrs[0][1]

    def handle_endtag(self, tag):
        assert self.within.pop() == tag
        if tag == "tr" and len(self.row) == 5:
            self.rows.append((self.row[0], *self.row[2:]))

    def handle_data(self, data):
        if self.within[-1:] == ["title"]:
            self.title += data
        elif self.within[-1:] == ["p"]:
            self.paragraphs += data
        elif self.row and len(self.row) > 2 and self.within[-1:] in (["td"], ["a"]):
            self.row[-1] += data


@pytest.fixture(scope="module", autouse=True)
def site():
    shutil.rmtree(ROOT, ignore_errors=True)
    for name in ("many", "empty", "hostile", "with-index", "plain/sub", "plain/.hidden", "private"):
        os.makedirs(f"{ROOT}/{name}")
    for number in range(MANY):
        with open(f"{ROOT}/many/{number:05}", "wb"):
            pass
    for name in HOSTILE:
        with open(f"{ROOT}/hostile/{name}", "wb") as file:
            file.write(name.encode())
    with open(os.fsencode(ROOT) + b"/hostile/" + BROKEN, "wb") as file:
        file.write(BROKEN)
    os.mkdir(ROOT + "/hostile/<dir>&'")
    for name, data in (("with-index/index.html", b"index"), ("plain/b", b"12345"),
                       ("plain/a", b""), ("plain/.dot", b"x"), ("plain/secret", b"SECRET")):
        with open(f"{ROOT}/{name}", "wb") as file:
            file.write(data)
    os.utime(ROOT + "/plain/b", (1000000000,) * 2)
    os.chmod(ROOT + "/plain/secret", 0o600)
    os.chmod(ROOT + "/private", 0o700)
    os.mkfifo(ROOT + "/plain/fifo")
    os.symlink("/etc", ROOT + "/plain/out")
    os.symlink("b", ROOT + "/plain/link")
    yield
    shutil.rmtree(ROOT)


def listing(client, path):
    reply = get(client, path)
    assert reply.status == 200, path
    assert reply.field("content-type") == "text/html; charset=utf-8"
    assert reply.body.startswith(b"<!DOCTYPE html>\n") and reply.body.endswith(b"</html>\n")
    for name in ("etag", "last-modified", "accept-ranges"):
        assert reply.field(name) is None
    return Page(reply.body)


@pytest.mark.params(cache_control="no-store")
def test_what_is_shown(both_ways):
    with Client() as client:
        page = listing(client, "/plain/")
        assert page.title == "Index of /plain/"
        assert [(link, name, size) for link, name, size, _ in page.rows] == [
            ("../", "../", ""), ("./sub/", "sub/", ""), ("./a", "a", "0"), ("./b", "b", "5"),
            ("./link", "link", "5")]
        times = {name: time for _, name, _, time in page.rows}
        assert email.utils.parsedate_to_datetime(times["b"]).timestamp() == 1000000000
        rows = listing(client, "/").rows
        assert [name for _, name, _, _ in rows] == [
            "empty/", "hostile/", "many/", "plain/", "with-index/"]
        assert [name for _, name, _, _ in listing(client, "/empty/").rows] == ["../"]
        assert get(client, "/plain/").field("cache-control") == "no-store"
        assert get(client, "/with-index/").body == b"index"
        assert get(client, "/plain").status == 301
        assert get(client, "/none/").status == 404
        assert get(client, "/private/").status in (403, 404)
        assert get(client, "/plain/out/").status == 404
        assert get(client, "/plain/.hidden/").status == 404
        assert get(client, "/plain/b/").status == 404


def test_hostile_names(both_ways):
    """Each name is read back as it is, and each link leads to its file."""
    with Client() as client:
        page = listing(client, "/hostile/")
        names = [name for name in HOSTILE if not name.startswith(".")]
        shown = {name.translate({code: 0xfffd for code in [*range(32), 127]}): name
                 for name in names}
        found = 0
        assert page.rows[1][0:2] == ("./%3Cdir%3E%26%27/", "<dir>&'/")
        for link, name, size, _ in page.rows[2:]:
            assert not set(link) & set("<>&\"' :?#\n"), link
            reply = get(client, urllib.parse.urljoin("/hostile/", link))
            assert reply.status == 200, link
            assert size == str(len(reply.body))
            if reply.body == BROKEN:
                assert name == "broken-\ufffd\ufffd\ufffd-utf8"
            else:
                assert shown[name] == reply.body.decode()
            found += 1
        assert found == len(names) + 1
        assert listing(client, "/hostile/%3Cdir%3E&'/").title == "Index of /hostile/<dir>&'/"


@pytest.mark.long("debug")
def test_many(both_ways):
    with Client(timeout=60) as client:
        page = listing(client, "/many/")
        assert [row[1] for row in page.rows[1:]] == [f"{number:05}" for number in range(MANY)]
        assert page.paragraphs == ""
        length = len(get(client, "/many/").body)
        head = get(client, "/many/", method="HEAD")
        assert head.field("content-length") == str(length)
        # It has no validators: it is there, which is all that conditions can be about.
        for field in ("If-Modified-Since: " + email.utils.formatdate(), "Range: bytes=0-1",
                      'If-None-Match: "x"', "If-Match: *"):
            reply = get(client, "/many/", field)
            assert reply.status == 200 and len(reply.body) == length, field
        assert get(client, "/many/", "If-None-Match: *").status == 304
        assert get(client, "/many/", 'If-Match: "x"').status == 412
        assert get(client, "/plain/b").body == b"12345"


@pytest.mark.long("debug")
def test_too_many(loaded):
    """More names than are looked at, and more text than is sent: the page says so."""
    os.makedirs(ROOT + "/more")
    os.makedirs(ROOT + "/wide")
    for number in range(10001):
        os.mknod(f"{ROOT}/more/{number}", 0o100644)
    for number in range(1500):
        os.mknod(f"{ROOT}/wide/{number:04}" + "'" * 251, 0o100644)
    with Client(timeout=60) as client:
        for path, rows in (("/more/", 10001), ("/wide/", None)):
            page = listing(client, path)
            assert page.paragraphs == "The directory is too large: not all of it is shown."
            assert rows is None or len(page.rows) == rows
            assert 300 < len(page.rows)
            assert int(get(client, path, method="HEAD").field("content-length")) <= 1 << 20
    shutil.rmtree(ROOT + "/more")
    shutil.rmtree(ROOT + "/wide")


@pytest.mark.long("debug")
def test_pipelined_in_order(both_ways):
    paths = ["/many/", "/plain/b", "/plain/", "/none", "/many/"] * 3
    with Client(timeout=60) as client:
        client.send_aside(b"".join(f"GET {path} HTTP/1.1\r\nHost: t\r\n\r\n".encode()
                                   for path in paths))
        # All of them first: to read a page takes longer than a Date may be old.
        for path, reply in zip(paths, [client.reply() for _ in paths]):
            if path.endswith("/"):
                assert Page(reply.body).title == f"Index of {path}"
            else:
                assert reply.status == (404 if path == "/none" else 200)


def test_reader_that_leaves(both_ways):
    """More listings begun and given up than there is memory for all of them."""
    for number in range(150 if khttpd.WHOLE and not khttpd.DEBUG else khttpd.fewer(20)):
        leave_early(request_to("/many/"), 1 + 97 * number, number % 2)
    assert khttpd.wait_idle(60)
    with Client(timeout=60) as client:
        assert len(listing(client, "/many/").rows) == MANY + 1


@pytest.mark.params(autoindex=0)
def test_off(both_ways):
    with Client() as client:
        assert get(client, "/plain/").status == 403
        assert get(client, "/").status == 403
