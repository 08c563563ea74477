# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""/proc/net/khttpd/server: a configuration is written, and put into force whole or not at all."""

import errno
import os
import socket
import subprocess
import time

import pytest

import khttpd
from folder import Folder
from http_client import Client, get
from khttpd import SERVER_FILE as FILE, commit, in_force

pytestmark = pytest.mark.changes
ONE, TWO = Folder("/tmp/one"), Folder("/tmp/two")
PLACES = """docroot = /tmp/one
header = set X-Place top
redirect = /old/* /new/* 302
reply = /health 200 application/json "{\\"ok\\":true}"
[location *.css]
cache_control = no-cache
[site two.example *.two.example]
docroot = /tmp/two
try = $path /index.html
header = set X-Place two
"""


@pytest.fixture(scope="module", autouse=True)
def sites():
    with ONE, TWO:
        ONE.write("a.css", b"css one\n")
        ONE.write("b", b"b one\n")
        TWO.write("index.html", b"fallback\n")
        TWO.write("b", b"b two\n")
        yield


@pytest.fixture(autouse=True)
def as_before(loaded):
    before = in_force()
    yield
    assert commit(before) == (0, "")
    assert in_force() == before


def ask(path, host="x"):
    with Client() as client:
        return client.get(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


def test_sites_and_locations():
    assert commit(PLACES) == (0, "")
    for _ in range(2):  # the second from the cache
        reply = ask("/b")
        assert (reply.body, reply.field("x-place")) == (b"b one\n", "top")
        reply = ask("/b", "TWO.example:80")
        assert (reply.body, reply.field("x-place")) == (b"b two\n", "two")
        reply = ask("/any/where", "www.two.example")
        assert (reply.status, reply.body) == (200, b"fallback\n")
        assert reply.field("content-type").startswith("text/html")
        assert ask("/any/where").status == 404
        assert ask("/a.css").field("cache-control") == "no-cache"
        assert ask("/b").field("cache-control") is None
    reply = ask("/old/a%20b?x=y")
    assert (reply.status, reply.field("location")) == (302, "/new/a%20b?x=y")
    assert ask("/health").body == b'{"ok":true}'
    assert ask("/health", "two.example").body == b"fallback\n"
    assert PLACES.split("\n", 1)[1] in in_force()


@pytest.mark.parametrize("pieces", [1, 7, 4096, None])
def test_pieces_of_any_size(pieces):
    assert commit("max_requests = 77\n", pieces) == (0, "")
    assert khttpd.config()["max_requests"] == "77"


@pytest.mark.parametrize("command", [
    ["sh", "-c", "cat /tmp/text > " + FILE], ["dd", "if=/tmp/text", "of=" + FILE, "bs=1"],
    ["bash", "-c", "while IFS= read -r line; do echo \"$line\"; done </tmp/text >" + FILE]])
def test_writers_end_alike(command):
    with open("/tmp/text", "w", encoding="utf-8") as file:
        file.write("".join(f"redirect = /{n:04} /x{n} 301\n" for n in range(1000)) + "commit\n")
    result = subprocess.run(command, check=False, capture_output=True)
    os.unlink("/tmp/text")
    assert result.returncode == 0, result.stderr
    reply = ask("/0999")
    assert (reply.status, reply.field("location")) == (301, "/x999")


def test_a_refused_text_changes_nothing():
    assert commit("max_requests = 88\n") == (0, "")
    before = in_force()
    result, mistakes = commit("max_requests = 99\nport = 0\n[site a b\nindex = ../x\n")
    assert result == errno.ERANGE
    lines = mistakes.splitlines()
    assert lines[:2] == ["2: port=0 is out of range: 1..65535", "3: does not end with ]"]
    assert lines[2].startswith("4: index=../x is not the name of a served file")
    assert len(lines) == 3
    assert in_force() == before
    assert commit("docroot = /nowhere\n") == (
        errno.ENOENT, "1: docroot=/nowhere: no such directory\n")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        result, mistakes = commit(f"port = {other.getsockname()[1]}\n")
    assert result == errno.EADDRINUSE
    assert mistakes.startswith("0: cannot listen on "), mistakes
    assert in_force() == before
    # Nor does what is left when a write has failed.
    fd = os.open(FILE, os.O_RDWR)
    with pytest.raises(OSError) as failed:
        for _ in range(17):
            os.write(fd, b"#" * (1 << 20))
    assert failed.value.errno == errno.EFBIG
    with pytest.raises(OSError):
        os.write(fd, b"\ncommit\n")
    os.close(fd)
    assert in_force() == before


def test_addresses_and_rates():
    text = ("docroot = /tmp/one\n[location = /b]\nrate = 20/m 3\n[location = /a.css]\n"
            "deny = 127.0.0.0/30\n")
    assert commit(text) == (0, "")
    assert ask("/a.css").status == 403
    statuses = []
    for _ in range(20):
        reply = ask("/b")  # a connection each
        statuses.append(reply.status)
        if reply.status == 429:
            break
    # As many as may come at once, and on a slow machine some that were due meanwhile.
    assert statuses[-1] == 429 and statuses[:3] == [200] * 3, statuses
    wait = int(reply.field("retry-after"))
    assert 1 <= wait <= 3
    assert ask("/none").status == 404
    time.sleep(wait + 0.1)
    assert ask("/b").status == 200


def test_closed_before_commit():
    before = in_force()
    for text in (b"max_requests = 5\n", b"max_requests = 5\ncommit", b"commit\nmax_requests = 5\n"):
        fd = os.open(FILE, os.O_RDWR)
        os.write(fd, text)
        os.close(fd)
        assert in_force() == before
    # Two commits through one file, the second with what follows the first alone.
    fd = os.open(FILE, os.O_RDWR)
    os.write(fd, b"max_requests = 5\ncommit\n")
    assert khttpd.config()["max_requests"] == "5"
    os.write(fd, b"max_requests = 6\ncommit\n")
    assert khttpd.config()["max_requests"] == "6"
    os.close(fd)


def test_who_may_write():
    fd = os.open(FILE, os.O_RDWR)
    # As another user without capabilities: neither opened nor written through what was opened.
    pid = os.fork()
    if pid == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
        results = []
        for action in (lambda: os.open(FILE, os.O_RDWR), lambda: os.write(fd, b"commit\n")):
            try:
                action()
                results.append(0)
            except OSError as failed:
                results.append(failed.errno)
        os._exit(0 if results == [errno.EACCES, errno.EPERM] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    os.close(fd)
    # Without CAP_NET_ADMIN root may not either.
    result = subprocess.run(["capsh", "--drop=cap_net_admin", "--", "-c", "echo commit > " + FILE],
                            check=False, capture_output=True)
    assert result.returncode != 0


def test_much_text():
    """2,000 sites, 10,000 locations and 50,000 redirections are read and found."""
    count = khttpd.fewer(1000)
    lines = ["docroot = /tmp/one\n"]
    lines += [f"redirect = /r/{n} /to/{n} 301\n" for n in range(50 * count)]
    for n in range(count):
        lines.append(f"[site s{n}.example]\nheader = set X-Site s{n}\n")
        lines += [f"[location /l{m}/]\ncache_control = l{m}\n" for m in range(10)]
    assert commit("".join(lines), 128 << 10) == (0, "")
    assert ask(f"/r/{50 * count - 1}").field("location") == f"/to/{50 * count - 1}"
    assert ask("/b", f"s{count - 1}.example").field("x-site") == f"s{count - 1}"


def test_changes_under_load():
    """Two configurations in turn: every reply is one's or the other's as a whole."""
    texts = [f"docroot = /tmp/{name}\nheader = set X-Place {name}\n" for name in ("one", "two")]
    with Client() as client:
        for n in range(khttpd.fewer(60)):
            assert commit(texts[n % 2]) == (0, "")
            for _ in range(5):
                reply = get(client, "/b")
                place = reply.field("x-place")
                assert (place, reply.body) in (("one", b"b one\n"), ("two", b"b two\n"))
