# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What takes a file's place: seen within a second, from the cache and from the page cache."""

import os
import shutil
import subprocess
import time

import pytest

import khttpd
from folder import Folder, content
from http_client import Client, becomes, get
from system import mounted

ROOT = "/tmp/switches"
SITE = Folder(ROOT)
SIZES = {"small": 1000, "large": 100000}

pytestmark = [pytest.mark.params(docroot=ROOT), pytest.mark.long("debug")]
CACHES = pytest.mark.parametrize("cache", [
    pytest.param("cached", marks=pytest.mark.params(cache_size=65536)),
    pytest.param("uncached", marks=pytest.mark.params(cache_size=0))])


@pytest.fixture(scope="module", autouse=True)
def whole_site():
    with SITE:
        yield


@pytest.fixture(autouse=True)
def releases():
    """Two releases, of equal sizes and times, and a link to the first."""
    SITE.clear()
    for release in ("1", "2"):
        for name, size in SIZES.items():
            path = f"{ROOT}/releases/{release}/{name}"
            SITE.write(f"releases/{release}/{name}", content(size, release))
            os.utime(path, (1600000000, 1600000000))
    os.symlink("releases/1", ROOT + "/current")
    SITE.settle()


def switch(target):
    """As releases are: by the rename of a new link over the old one."""
    os.symlink(target, ROOT + "/next")
    os.rename(ROOT + "/next", ROOT + "/current")


@CACHES
def test_a_link_is_switched(loaded, cache):
    tags = {}
    with Client(timeout=60) as client:
        for name, size in SIZES.items():
            reply = get(client, f"/current/{name}")
            assert reply.body == content(size, "1")
            tags[name] = reply.field("etag")
    switch("releases/2")
    for name, size in SIZES.items():
        assert becomes(f"/current/{name}", 200, content(size, "2"))
        with Client(timeout=60) as client:
            assert get(client, f"/current/{name}", f"If-None-Match: {tags[name]}").status == 200
    # What the link stood for is gone.
    shutil.rmtree(ROOT + "/releases/1")
    for name, size in SIZES.items():
        assert becomes(f"/current/{name}", 200, content(size, "2"))


@pytest.mark.changes
@CACHES
def test_the_document_root_is_switched(loaded, cache):
    """It is a link itself; what it stood for is removed, then the link, then another comes."""
    assert khttpd.apply(docroot=ROOT + "/current") == 0
    with Client(timeout=60) as client:
        assert get(client, "/small").body == content(SIZES["small"], "1")
    switch("releases/2")
    assert becomes("/small", 200, content(SIZES["small"], "2"), within=1.5)
    shutil.rmtree(ROOT + "/releases/1")
    assert becomes("/large", 200, content(SIZES["large"], "2"), within=1.5)
    # A name that leads nowhere is no reason to forget what it was.
    os.unlink(ROOT + "/current")
    time.sleep(1.2)
    with Client(timeout=60) as client:
        assert get(client, "/small").body == content(SIZES["small"], "2")
    SITE.write("releases/3/small", b"third")
    os.symlink("releases/3", ROOT + "/current")
    SITE.settle()
    assert becomes("/small", 200, b"third", within=1.5)
    assert becomes("/large", 404, within=1.5)


@pytest.mark.changes
@pytest.mark.params(cache_size=65536)
def test_the_document_root_is_mounted_over(loaded):
    """And what was mounted can be unmounted once the name leads elsewhere."""
    where = ROOT + "/releases/1"
    os.mkdir(ROOT + "/mounted")
    assert khttpd.apply(docroot=ROOT + "/current") == 0
    assert becomes("/small", 200, content(SIZES["small"], "1"), within=1.5)
    with mounted("none", ROOT + "/mounted", "-t", "tmpfs"):
        SITE.write("mounted/small", b"in memory")
        with mounted(ROOT + "/mounted", where, "-o", "bind"):
            assert becomes("/small", 200, b"in memory", within=1.5)
            switch("releases/2")
            assert becomes("/small", 200, content(SIZES["small"], "2"), within=1.5)


@pytest.mark.changes
@pytest.mark.params(cache_size=0)
def test_the_document_root_is_followed_as_nobody(loaded):
    """Who may switch the link gets no further by it than any user."""
    SITE.write("private/open/small", b"secret")
    os.chmod(ROOT + "/private", 0o700)
    assert khttpd.apply(docroot=ROOT + "/current") == 0
    switch("private/open")
    time.sleep(1.2)
    with Client(timeout=60) as client:
        assert get(client, "/small").body == content(SIZES["small"], "1")


@pytest.mark.changes
@pytest.mark.params(cache_size=0)
def test_the_document_root_of_another_mount_namespace(loaded):
    """It stays where it is: with its last process such a namespace loses what is mounted in it."""
    where = ROOT + "/releases/1"
    apply = "import khttpd, sys; sys.exit(khttpd.apply(docroot=sys.argv[1]))"
    script = (f"busybox mount -o bind {ROOT}/releases/2 {where} && "
              f"exec python3 -B -c '{apply}' {where}")
    subprocess.run(["busybox", "unshare", "-m", "sh", "-c", script], check=True,
                   cwd=os.path.dirname(khttpd.__file__))
    time.sleep(0.5)
    with Client(timeout=60) as client:
        assert get(client, "/small").body == content(SIZES["small"], "2")


@pytest.mark.long("debug")
@CACHES
def test_what_is_no_file_any_more(loaded, cache):
    """Gone, a directory, unreadable, a FIFO, a link that leads out of the document root."""
    path = ROOT + "/f"

    def directory():
        os.mkdir(path)

    def unreadable():
        SITE.write("f", b"secret\n")
        os.chmod(path, 0o600)

    for take_place, status in ((lambda: None, 404), (directory, 301), (unreadable, 403),
                               (lambda: os.mkfifo(path), 404),
                               (lambda: os.symlink("/etc/passwd", path), 404)):
        SITE.write("f", b"file\n")
        SITE.settle()
        assert becomes("/f", 200, b"file\n")
        os.unlink(path)
        take_place()
        assert becomes("/f", status)
        if take_place is directory:
            os.rmdir(path)
        elif os.path.lexists(path):
            os.unlink(path)


@CACHES
def test_a_file_grows_while_it_is_sent(loaded, cache):
    """What was announced is sent, and no more."""
    for name, size in SIZES.items():
        with Client(receive_buffer=4096, timeout=60) as client:
            client.send(f"GET /releases/1/{name} HTTP/1.1\r\nHost: t\r\n\r\n".encode() * 2)
            client.buffer = client.sock.recv(100)
            with open(f"{ROOT}/releases/1/{name}", "ab") as file:
                file.write(b"more" * 100)
            reply = client.reply()
            assert reply.body == content(size, "1")
            assert reply.field("content-length") == str(size)
            assert client.reply().status == 200
        assert becomes(f"/releases/1/{name}", 200, content(size, "1") + b"more" * 100)
