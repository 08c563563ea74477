# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Compressed neighbours that come and go, in directories that are known to have none."""

import os
import time

import pytest

import khttpd
from folder import Folder
from http_client import Client, get

# On a file system with a disk, and on one in memory.
DISK, MEMORY = "/srv/neighbours", "/tmp/neighbours"
TRACING = "/sys/kernel/tracing/"
LOOKUP = "vfs_path_lookup"

pytestmark = pytest.mark.changes


@pytest.fixture(params=[DISK, MEMORY])
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


def lookups_of(ask):
    """How often a path was looked up below a document root."""
    def write(name, text):
        file = os.open(TRACING + name, os.O_WRONLY | os.O_APPEND)
        os.write(file, text.encode())
        os.close(file)
    write("kprobe_events", f"p:khttpd_test/lookup {LOOKUP}\n")
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
    """For each file the directory and the name, and three neighbours where there is some."""
    number = 50
    for directory in ("none", "some"):
        for i in range(number):
            site.write(f"{directory}/{i}", b"plain\n")
    for suffix in (".gz", ".br", ".zst"):
        site.write("some/other" + suffix, b"coded\n")
    time.sleep(2.2)
    with Client(timeout=60) as client:
        def ask(directory):
            for i in range(number):
                assert get(client, f"/{directory}/{i}").body == b"plain\n"
        none, some = (lookups_of(lambda name=name: ask(name)) for name in ("none", "some"))
    assert 2 * number <= none <= 2 * number + 10
    assert 5 * number <= some <= 5 * number + 10
