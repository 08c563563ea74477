# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Targets as clients send them, however long, and where they show: names, redirects, log, trace."""

import http.client
import os
import re
import subprocess
import time
import urllib.request

import pytest

import khttpd
from folder import Folder
from http_client import Client, get, request_to

ROOT = "/tmp/targets"
SITE = Folder(ROOT)
HOST = "127.0.0.1:8081"
# Names of files, as bytes, none of which has to be escaped to be asked for.
NAMES = [b"a[1].txt", b"b{2}^`|.txt", b"c\\d.txt", b"\\", b'e"f<g>.txt', "é€.txt".encode(),
         b"\xff\x80\xad", b"\xc0\xaf", b"h'(i)*;j=,k.txt"]
QUERIES = [b"a[]=1&b[c]=2", b"a={1}", b"a|b", b"^", b"`", b"q=50%", b"a\\b", b"%zz&%4", b'"<>',
           "é".encode(), b"\xff\xa0\x85", b"?/?", b"%00%0d%0a"]
# The longest path that a file can have is of 4,095 bytes: so many below the root.
LONGEST = "/".join(["d" * 255] * 15 + ["f" * 254])

pytestmark = pytest.mark.params(docroot=ROOT)


def write_longest():
    """Step by step, as its whole name is longer than system calls take."""
    here = os.getcwd()
    os.chdir(ROOT)
    *folders, name = LONGEST.split("/")
    for folder in folders:
        os.mkdir(folder, 0o755)
        os.chdir(folder)
    with open(name, "wb") as file:
        file.write(b"far down")
    os.utime(name, (10 ** 9, 10 ** 9))
    os.chdir(here)


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        for name in NAMES:
            SITE.write(os.fsdecode(name), b"of " + name)
        SITE.write("folder/index.html", b"index")
        SITE.write("\\host/index.html", b"index")
        SITE.write("index.html", b"start")
        write_longest()
        # As Folder.settle(), which has no name for the last of them.
        time.sleep(3.1)
        yield


def ask(client, target, *fields):
    return get(client, target.decode("latin-1"), *fields)


def test_names(both_ways):
    """From the file, then from the cache, with every query."""
    with Client() as client:
        for name in NAMES:
            for query in [None, *QUERIES]:
                target = b"/" + name + (b"" if query is None else b"?" + query)
                reply = ask(client, target)
                assert (reply.status, reply.body) == (200, b"of " + name), target


def test_a_backslash_is_no_slash(both_ways):
    with Client() as client:
        for target in (b"/folder\\index.html", b"/folder/..\\a[1].txt", b"/..\\..\\etc\\passwd",
                       b"/x\\../a[1].txt", b"/folder/\\..\\..\\..\\etc\\passwd",
                       b"/folder\\..\\c\\d.txt"):
            assert ask(client, target).status == 404, target
        assert ask(client, b"/x\\/../a[1].txt").body == b"of a[1].txt"
        assert ask(client, b"/folder/../c\\d.txt").body == b"of c\\d.txt"


@pytest.mark.parametrize("byte", [*range(0x21), 0x23, 0x7f])
def test_what_frames_or_splits_is_refused(loaded, byte):
    for target in (b"/a%cb", b"/?a%cb"):
        with Client() as client:
            client.send(b"GET " + target % byte + b" HTTP/1.1\r\nHost: t\r\n\r\n")
            assert client.reply().status == 400
            assert client.closed()


def test_redirects(both_ways):
    """What RFC 3986 does not allow is escaped; a browser takes a bare backslash for a slash."""
    with Client() as client:
        assert ask(client, b'/folder?a[]=%&"\\\xff').field("location") == \
            "/folder/?a%5B%5D=%25&%22%5C%FF"
        for target in (b"/\\host", b"//\\host", b"/%5Chost"):
            reply = ask(client, target)
            assert (reply.status, reply.field("location")) == (301, "/%5Chost/")


def test_long_paths(both_ways):
    """What counts is the size of the decoded path, from the file and from the cache."""
    bare = LONGEST.encode()
    # Every third letter escaped, as far as the target may go.
    escaped = re.sub(b"(d{2})d", rb"\1%64", bare, count=2000)
    assert len(b"/" + bare) == 4095 and 6000 < len(escaped) < 8191
    query = b"?" + b"q" * (8192 - 2 - len(bare))
    with Client() as client:
        hits = khttpd.status()["cache_hits"]
        for path in (bare, escaped, bare + query, b"./" * 10 + bare[:-20] + b"f" * 20):
            for _ in range(2):
                reply = ask(client, b"/" + path)
                if path.startswith(b"."):
                    assert reply.status == 404
                else:
                    assert (reply.status, reply.body) == (200, b"far down")
        assert khttpd.status()["cache_hits"] - hits >= 3
        for path in (bare + b"f", bare + b"/", escaped + b"%66", b"a" * 8191, b"/" * 5000,
                     b"%2e/" * 2047 + b"/"):
            assert ask(client, b"/" + path).status == 404
        assert ask(client, b"/" + b"%2e/" * 2047).body == b"start"
        assert ask(client, b"/?" + b"q" * 8190).body == b"start"
        assert ask(client, b"/" + b"a" * 8192).status == 414


@pytest.mark.params(access_log=1)
def test_the_log_quotes(both_ways):
    hostile = b'/"\\\xff\xc2\x9b<\'' + b"?\\x22\"%"
    with Client() as client:
        assert ask(client, hostile).status == 404
        with open("/proc/net/khttpd/log", "rb") as file:
            line = file.read()
    assert rb'"GET /\"\\\xff\xc2\x9b<' + b"'" + rb'?\\x22\"% HTTP/1.1" 404 ' in line
    assert line.count(b"\n") == 1 and all(0x20 <= byte < 0x7f for byte in line.strip())


@pytest.mark.long("debug")
@pytest.mark.parametrize("command", [
    ["curl", "-sS", "-g", "--path-as-is", "--max-time", "60", "-o", "-"],
    ["busybox", "wget", "-q", "-O", "-"]])
def test_tools(both_ways, command):
    """They send what they are told."""
    for name in NAMES:
        for query in (b"", b"?a[]={1|2}^`\\50%", "?é".encode()):
            url = b"http://" + HOST.encode() + b"/" + name + query
            assert subprocess.run([*command, url], check=True,
                                  stdout=subprocess.PIPE).stdout == b"of " + name, url


def test_wget(both_ways):
    """It escapes, but not everything."""
    for query in ("", "?a[]={1|2}^`\\50%"):
        url = "http://" + HOST + "/c\\d.txt" + query
        assert subprocess.run(["wget", "-q", "-O", "-", url], check=True,
                              stdout=subprocess.PIPE).stdout == b"of c\\d.txt", url


def test_python(both_ways):
    for path in ("/a[1].txt", "/b{2}^`|.txt", "/c\\d.txt", '/e"f<g>.txt'):
        expected = b"of " + path[1:].encode()
        for query in ("", "?a[]={1|2}^`\\50%"):
            with urllib.request.urlopen("http://" + HOST + path + query) as reply:
                assert reply.read() == expected
            connection = http.client.HTTPConnection(HOST)
            connection.request("GET", path + query)
            assert connection.getresponse().read() == expected
            connection.close()


def test_absolute_form(both_ways):
    with Client() as client:
        assert get(client, "http://[::1]:8081/a[1].txt?[x]").body == b"of a[1].txt"
    for target in ("http://h\\x/", "http://h[1]/", "http://h|x/", "http://\xe9/", "http://h%/"):
        with Client() as client:
            client.send(request_to(target))
            assert client.reply().status == 400
            assert client.closed()
