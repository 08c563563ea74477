# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Compressed neighbours that come and go, in directories that are known to have none."""

import errno
import gzip
import os
import time

import pytest

import khttpd
import system
from folder import Folder
from http_client import Client, get
from whole import seldom

# On a file system with a disk, and on one in memory.
DISK, MEMORY = "/srv/neighbours", "/tmp/neighbours"
TRACING = "/sys/kernel/tracing/"
# Of one name in a directory; the second is that of older kernels.
LOOKUPS = ("lookup_one_positive_unlocked", "lookup_positive_unlocked")

pytestmark = pytest.mark.changes


@pytest.fixture(params=[DISK, seldom(MEMORY)])
def site(request, loaded):
    with Folder(request.param) as folder:
        # A name that came this second tells nothing about the next.
        for name in ("a.html", "sub/b.html", "sub/deep/index.html"):
            folder.write(name, b"plain\n")
        assert khttpd.apply(docroot=folder.path) == 0
        time.sleep(2.2)
        yield folder


def coding(client, path):
    reply = get(client, path, "Accept-Encoding: gzip")
    assert reply.status == 200
    assert reply.body == (b"coded\n" if reply.field("content-encoding") else b"plain\n")
    return reply.field("content-encoding")


def test_come_and_go(site):
    paths = {"/a.html": "a.html.gz", "/sub/b.html": "sub/b.html.gz",
             "/sub/deep/": "sub/deep/index.html.gz"}
    with Client() as client:
        for _ in range(2):
            assert [coding(client, path) for path in paths] == [None] * 3
            time.sleep(1.1)
            assert [coding(client, path) for path in paths] == [None] * 3
            for name in paths.values():
                site.write(name, b"coded\n")
            time.sleep(1.1)
            assert [coding(client, path) for path in paths] == ["gzip"] * 3
            assert get(client, "/a.html").field("vary") == "Accept-Encoding"
            for name in paths.values():
                os.unlink(os.path.join(site.path, name))
            time.sleep(1.1)
            assert [coding(client, path) for path in paths] == [None] * 3


def test_comes_under_another_name(site):
    """By a rename, by a link, and as a directory that takes another's place."""
    with Client() as client:
        assert coding(client, "/a.html") is None
        site.write("elsewhere/x", b"coded\n")
        os.rename(site.path + "/elsewhere/x", site.path + "/a.html.gz")
        time.sleep(1.1)
        assert coding(client, "/a.html") == "gzip"
        assert coding(client, "/sub/b.html") is None
        os.symlink("../a.html.gz", site.path + "/sub/b.html.gz")
        time.sleep(1.1)
        assert coding(client, "/sub/b.html") == "gzip"
        assert coding(client, "/sub/deep/") is None
        site.write("new/index.html", b"plain\n")
        site.write("new/index.html.gz", b"coded\n")
        os.rename(site.path + "/sub/deep", site.path + "/old")
        os.rename(site.path + "/new", site.path + "/sub/deep")
        time.sleep(1.1)
        assert coding(client, "/sub/deep/") == "gzip"


@pytest.mark.parametrize("here", [seldom(True), False])
def test_file_is_elsewhere(site, here):
    """Neighbours are those of the name, wherever its links lead and whatever is mounted there."""
    site.write("elsewhere/file", b"plain\n")
    site.write("here/mounted", b"beneath\n")
    os.symlink("../elsewhere/file", site.path + "/here/link")
    os.symlink("elsewhere", site.path + "/way")
    # Among what is coded in one directory there is nothing in the other.
    coded = ("here/link", "here/mounted") if here else ("elsewhere/file",)
    for name in coded:
        site.write(name + ".gz", b"coded\n")
    with system.mounted(site.path + "/elsewhere/file", site.path + "/here/mounted", "-o", "bind"), \
            Client() as client:
        time.sleep(2.2)
        for _ in range(3):
            for name in ("/here/link", "/here/mounted"):
                assert coding(client, name) == ("gzip" if here else None), name
            assert coding(client, "/way/file") == (None if here else "gzip")
            time.sleep(1.1)


LONG_AGO = int(time.time()) - 1000


def stamp(site, name, second):
    """Gives the file a time, in seconds behind one that is long over."""
    os.utime(os.path.join(site.path, name), (LONG_AGO + second,) * 2)


@pytest.mark.long("debug")
@pytest.mark.parametrize("cache_size", [65536, seldom(0)])
def test_older_than_its_file(site, cache_size):
    """Whichever of the two changes, by its bytes or by its time alone."""
    assert khttpd.apply(cache_size=cache_size) == 0
    with Client() as client:
        def seen():
            time.sleep(1.1)
            codings = [coding(client, "/a.html") for _ in range(3)]
            assert codings == codings[:1] * 3
            return codings[0]
        site.write("a.html.gz", b"coded\n")
        stamp(site, "a.html", 10)
        stamp(site, "a.html.gz", 10)
        assert seen() == "gzip"
        # The file is written anew; its neighbour is of what it was.
        site.write("a.html", b"plain\n")
        stamp(site, "a.html", 11)
        assert seen() is None
        assert get(client, "/a.html", "Accept-Encoding: gzip").field("vary") is None
        stamp(site, "a.html.gz", 12)
        assert seen() == "gzip"
        stamp(site, "a.html.gz", 5)
        assert seen() is None
        stamp(site, "a.html", 4)
        assert seen() == "gzip"
        # What the neighbour's link leads to counts, not the link.
        site.write("elsewhere/old", b"coded\n")
        stamp(site, "elsewhere/old", 3)
        os.unlink(site.path + "/a.html.gz")
        os.symlink("elsewhere/old", site.path + "/a.html.gz")
        assert seen() is None
        stamp(site, "elsewhere/old", 4)
        assert seen() == "gzip"


def test_one_of_several_is_older(site):
    for suffix, age in ((".gz", 55), (".br", 3000), (".zst", 3000)):
        site.write("a.html" + suffix, b"coded\n", age)
    with Client() as client:
        for _ in range(2):
            for accept, wanted in (("gzip, br, zstd", "gzip"), ("br, zstd", None),
                                   ("br;q=1, gzip;q=0.1, identity;q=0", "gzip")):
                reply = get(client, "/a.html", f"Accept-Encoding: {accept}")
                assert reply.field("content-encoding") == wanted, accept
                assert reply.field("vary") == "Accept-Encoding"
            time.sleep(1.1)


def test_setting_orders_and_turns_off(site):
    for suffix in (".gz", ".br", ".zst"):
        site.write("a.html" + suffix, b"coded\n", age=30)
    with Client() as client:
        for order, wanted in (("zstd br gzip", "zstd"), ("gzip br", "gzip"), ("br", "br"),
                              ("", None)):
            assert khttpd.apply(precompressed=order) == 0
            for _ in range(2):
                reply = get(client, "/a.html", "Accept-Encoding: gzip, br, zstd")
                assert reply.field("content-encoding") == wanted, order
                assert reply.field("vary") == ("Accept-Encoding" if wanted else None)
        error, mistakes = khttpd.change(precompressed="gzip deflate")
        assert error == errno.EINVAL
        assert "precompressed: deflate is not zstd, br or gzip" in mistakes


def test_coding_by_the_name(site):
    """Of what has the type of its content; archives are sent as they are."""
    zipped = gzip.compress(b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    for name in ("a.svgz", "a.svgz.gz", "a.tgz", "a.svg.gz"):
        site.write(name, zipped)
    with Client() as client:
        for _ in range(2):
            for fields in ((), ("Accept-Encoding: gzip",), ("Accept-Encoding: identity",)):
                reply = get(client, "/a.svgz", *fields)
                assert (reply.status, reply.body) == (200, zipped)
                assert reply.field("content-type") == "image/svg+xml"
                assert reply.field("content-encoding") == "gzip"
                assert reply.field("vary") is None
                for name in ("/a.tgz", "/a.svg.gz"):
                    reply = get(client, name, *fields)
                    assert (reply.body, reply.field("content-encoding")) == (zipped, None)
        reply = get(client, "/a.svgz", "Range: bytes=2-9")
        assert (reply.status, reply.body) == (206, zipped[2:10])
        assert reply.field("content-encoding") == "gzip"


def lookups_of(ask):
    """How many names were looked up below a document root."""
    def write(name, text):
        file = os.open(TRACING + name, os.O_WRONLY | os.O_APPEND)
        os.write(file, text.encode())
        os.close(file)
    with open("/proc/kallsyms", encoding="ascii") as file:
        known = {line.split()[2] for line in file}
    name = next(name for name in LOOKUPS if name in known)
    write("kprobe_events", f"p:khttpd_test/lookup {name}\n")
    try:
        write("events/khttpd_test/enable", "1")
        ask()
        with open(TRACING + "kprobe_profile", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.split()[0] == "lookup")
    finally:
        write("events/khttpd_test/enable", "0")
        write("kprobe_events", "-:khttpd_test/lookup\n")


@pytest.mark.stock
def test_are_not_looked_for_in_vain(site):
    """A path is two names here. For each file its own; of a client that would take one those of
    three neighbours too, where there are some."""
    number = 50
    for directory in ("none", "some"):
        for i in range(number):
            site.write(f"{directory}/{i}", b"plain\n")
    for suffix in (".gz", ".br", ".zst"):
        site.write("some/other" + suffix, b"coded\n")
    time.sleep(2.2)
    with Client(timeout=60) as client:
        def ask(directory, *fields):
            for i in range(number):
                assert get(client, f"/{directory}/{i}", *fields).body == b"plain\n"
        unwanted = lookups_of(lambda: ask("some"))
        none, some = (lookups_of(lambda name=name: ask(name, "Accept-Encoding: gzip, br, zstd"))
                      for name in ("none", "some"))
    assert 2 * number <= unwanted <= 2 * number + 20
    assert 2 * number <= none <= 2 * number + 20
    assert 8 * number <= some <= 8 * number + 20
