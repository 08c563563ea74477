# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The same answer from each node: entity tags, and downloads that go on at another one."""

import contextlib
import hashlib
import os
import shutil
import subprocess

import pytest

import khttpd
from cluster import TOOL, Cluster, example, record
from folder import Folder, content
from system import mounted

pytestmark = [pytest.mark.stock, pytest.mark.changes, pytest.mark.long(),
              pytest.mark.params(start=0, namespaces=1),
              pytest.mark.skipif(not os.path.exists(TOOL), reason="khttpdctl was not given")]
SMALL, LARGE = 1000, 3 << 20
PART = 1000000
SITE = "/tmp/cluster-site"


@pytest.fixture
def nodes(loaded):
    with Cluster() as cluster:
        yield cluster.nodes[:2]


@pytest.fixture
def site():
    with Folder(SITE) as folder:
        folder.write("small.txt", content(SMALL))
        folder.write("large.bin", content(LARGE))
        folder.write("page.txt", b"page\n")
        folder.settle()
        yield folder


def publish(release, nodes):
    example("publish", SITE, release, *(node.name for node in nodes))


def served(nodes, path, data):
    """The tags that the nodes have for it, once all of them have this content."""
    tags = []
    for node in nodes:
        assert khttpd.wait_for(lambda one=node: one.get(path).body == data, 3), (node.name, path)
        tags.append(node.get(path).field("etag"))
    return tags


def resumed(nodes, path):
    """The status with which the second node goes on with what the first began, and all of it."""
    first, second = nodes
    part = first.get(path, f"Range: bytes=0-{PART - 1}")
    assert (part.status, len(part.body)) == (206, PART)
    rest = second.get(path, f"Range: bytes={PART}-", f"If-Range: {part.field('etag')}")
    whole = rest.body if rest.status == 200 else part.body + rest.body
    return rest.status, hashlib.sha256(whole).hexdigest()


def switched(node, target):
    link = f"{node.folder}/www/current"
    os.symlink(target, link + ".new")
    os.rename(link + ".new", link)


def test_cluster_published_files(nodes, site):
    """By publish: rsync into a new directory, digests, a switched link."""
    publish("1", nodes)
    small, large = (served(nodes, name, content(size))
                    for name, size in (("/small.txt", SMALL), ("/large.bin", LARGE)))
    assert small[0] == small[1] and small[0].startswith('"h')
    assert large[0] == large[1] and large[0].startswith('"d')
    expected = hashlib.sha256(content(LARGE)).hexdigest()
    assert resumed(nodes, "/large.bin") == (206, expected)
    record("a download resumed on another node", "rsync and digests", 2, 0, "206")
    # Without its digest the file has a tag of the machine's, and is sent anew.
    for node in nodes:
        os.unlink(f"{node.folder}/www/current/.khttpd-digests")
        assert khttpd.wait_for(
            lambda one=node: one.get("/large.bin").field("etag").startswith('"s'), 3)
    assert resumed(nodes, "/large.bin") == (200, expected)
    record("the same without digests", "rsync", 2, 0, "200, from the beginning")


def test_cluster_next_release(nodes, site):
    """What has not changed has the tags it had, while it is copied and afterwards."""
    publish("1", nodes)
    before = served(nodes, "/large.bin", content(LARGE))
    site.write("small.txt", content(SMALL, "second"))
    for node in nodes:
        example("publish", SITE, "2", node.name)
        old, new = (f"{node.folder}/www/releases/{release}/large.bin" for release in "12")
        assert not os.path.samefile(old, new)
        assert os.stat(old).st_mtime_ns == os.stat(new).st_mtime_ns
    assert len(set(served(nodes, "/small.txt", content(SMALL, "second")))) == 1
    assert served(nodes, "/large.bin", content(LARGE)) == before
    # The release before is there still, and is what it was.
    for node in nodes:
        switched(node, "releases/1")
    served(nodes, "/small.txt", content(SMALL))
    assert served(nodes, "/large.bin", content(LARGE)) == before


def make_squashfs(image):
    subprocess.run(["mksquashfs", SITE, image, "-no-progress", "-quiet"], check=True)


def make_erofs(image):
    subprocess.run(["mkfs.erofs", "--quiet", image, SITE], check=True)


def whole_seconds():
    """As docs/cluster.md has it for SquashFS, which keeps no fractions."""
    for name in os.listdir(SITE):
        seconds = int(os.stat(f"{SITE}/{name}").st_mtime)
        os.utime(f"{SITE}/{name}", (seconds, seconds))


@contextlib.contextmanager
def served_from(image, kind, nodes):
    """Mounted on each node, as its release."""
    with contextlib.ExitStack() as stack:
        for node in nodes:
            place = f"{node.folder}/www/releases/image"
            os.mkdir(place)
            shutil.copy(image, f"{node.folder}/site.img")
            stack.enter_context(mounted(f"{node.folder}/site.img", place, "-t", kind, "-o",
                                        "loop,ro"))
            # Before it is unmounted.
            stack.callback(switched, node, "releases/0")
            switched(node, "releases/image")
        yield
        for node in nodes:
            switched(node, "releases/0")
        for node in nodes:
            assert khttpd.wait_for(lambda one=node: one.get("/small.txt").status == 404, 5)


@pytest.mark.parametrize("listed", [True, False], ids=["digests", "none"])
@pytest.mark.parametrize("kind, make", [("squashfs", make_squashfs), ("erofs", make_erofs)],
                         ids=["squashfs", "erofs"])
def test_cluster_images(nodes, site, kind, make, listed):
    """One image for all nodes, with the digests in it or without."""
    if kind == "squashfs":
        whole_seconds()
    if listed:
        subprocess.run([TOOL, "--quiet", "digests", SITE], check=True)
    make("/tmp/cluster.img")
    with served_from("/tmp/cluster.img", kind, nodes):
        small = served(nodes, "/small.txt", content(SMALL))
        large = served(nodes, "/large.bin", content(LARGE))
        assert small[0] == small[1] and small[0].startswith('"h')
        assert large[0].startswith('"d' if listed else 'W/"w')
        assert large[0] == large[1] or not listed
        assert resumed(nodes, "/large.bin") == (
            206 if listed else 200, hashlib.sha256(content(LARGE)).hexdigest())
    os.unlink("/tmp/cluster.img")
    record("a download resumed on another node" if listed else "the same without digests",
           f"{kind} image", 2, 0, "206" if listed else "200, from the beginning")
