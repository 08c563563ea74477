# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Entity tags: a strong one changes whenever the bytes do, whatever the file system tells."""

import contextlib
import fcntl
import os
import shutil
import struct
import subprocess

import pytest

import khttpd
import system
from folder import Folder, content
from http_client import Client, get
from whole import seldom

ROOT = "/tmp/tags"
SITE = Folder(ROOT)
SMALL, LARGE = 1000, 100000
MACHINE_ID = "/etc/machine-id"

# In the cache, and sent from the page cache.
CACHED, UNCACHED = {"docroot": ROOT}, {"docroot": ROOT, "cache_size": 0}
WAYS = pytest.mark.parametrize("way", [
    pytest.param(CACHED, marks=pytest.mark.params(**CACHED), id="cached"),
    pytest.param(UNCACHED, marks=pytest.mark.params(**UNCACHED), id="uncached")])

pytestmark = pytest.mark.params(docroot=ROOT)


@pytest.fixture(scope="module", autouse=True)
def whole_site():
    with SITE:
        yield


@pytest.fixture(autouse=True)
def site():
    SITE.clear()


def tag_of(client, path):
    reply = get(client, path)
    assert reply.status == 200
    return reply.field("etag")


def write_with_time(path, data, seconds=1600000000):
    """Written in place, and given a time that may be the one it had."""
    with open(path, "r+b" if os.path.exists(path) else "wb") as file:
        file.write(data)
    os.utime(path, (seconds, seconds))


def unpack(path, data):
    """As tar and cp --preserve put a file in place of another."""
    os.unlink(path)
    write_with_time(path, data)


def rename_over(path, data):
    write_with_time(path + ".new", data)
    os.rename(path + ".new", path)


def copy_over(path, data):
    write_with_time(path + ".new", data)
    subprocess.run(["cp", "-p", path + ".new", path], check=True)
    os.unlink(path + ".new")


@pytest.mark.long("debug")
@WAYS
@pytest.mark.parametrize("replace",
                         [unpack, *map(seldom, [write_with_time, rename_over, copy_over])],
                         ids=lambda function: function.__name__)
def test_a_release_over_another(loaded, way, replace):
    """Of one size and one time: what clients have of the one is no part of the other."""
    for name, size in (("small", SMALL), ("large", LARGE)):
        write_with_time(f"{ROOT}/{name}", content(size, "first"))
    SITE.settle()
    with Client(timeout=60) as client:
        first = {name: tag_of(client, name) for name in ("/small", "/large")}
        for name, size in (("small", SMALL), ("large", LARGE)):
            replace(f"{ROOT}/{name}", content(size, "second"))
        # A change is seen within a second, and large files are old enough then.
        SITE.settle()
        for name, tag in first.items():
            assert tag[:2] == ('"h' if name == "/small" else '"s')
            assert get(client, name, f"If-None-Match: {tag}").status == 200
            assert get(client, name, f"If-Match: {tag}").status == 412
            reply = get(client, name, "Range: bytes=0-9", f"If-Range: {tag}")
            assert (reply.status, len(reply.body)) == (200, LARGE if "large" in name else SMALL)
            second = tag_of(client, name)
            assert second[0] == '"' and second != tag
            assert get(client, name, f"If-None-Match: {second}").status == 304
            assert get(client, name, "Range: bytes=0-9", f"If-Range: {second}").status == 206


@pytest.mark.long("debug")
@WAYS
def test_a_tag_of_content(loaded, way):
    """The same for equal bytes: of another inode and time, just written, and as xxhsum has it."""
    with Client(timeout=60) as client:
        for size, data, expected in ((13, b"Hello World!\n", "2de0458b04f96095"),
                                     (0, b"", "ef46db3751d8e999")):
            write_with_time(f"{ROOT}/{size}", data)
            tags = {tag_of(client, f"/{size}")}
            SITE.settle()
            tags |= {tag_of(client, f"/{size}")}
            write_with_time(f"{ROOT}/{size}.copy", data, 1500000000)
            SITE.settle()
            tags |= {tag_of(client, f"/{size}.copy")}
            weak = f'W/"h{expected}"'
            # What is not held in memory may change between the hash and the sending.
            assert tags - {weak} == {f'"h{expected}"'}
            assert way is UNCACHED or weak not in tags
        # More blocks than one.
        data = content(65536, "blocks")
        write_with_time(f"{ROOT}/blocks", data)
        SITE.settle()
        tag = tag_of(client, "/blocks")
        assert tag[:2] == '"h'
    write_with_time(f"{ROOT}/blocks.2", data)
    SITE.settle()
    assert khttpd.apply(cache_size=0 if way is CACHED else 1024) == 0
    with Client(timeout=60) as client:
        assert tag_of(client, "/blocks") == tag == tag_of(client, "/blocks.2")
    assert khttpd.apply(cache_size=way.get("cache_size", 65536)) == 0


@contextlib.contextmanager
def machine_id(text):
    """The machine has this id meanwhile, or none."""
    before = None
    if os.path.exists(MACHINE_ID):
        before = open(MACHINE_ID, "rb").read()
        os.unlink(MACHINE_ID)
    try:
        if text is not None:
            with open(MACHINE_ID, "w", encoding="ascii") as file:
                file.write(text)
        yield
    finally:
        if os.path.exists(MACHINE_ID):
            os.unlink(MACHINE_ID)
        if before is not None:
            with open(MACHINE_ID, "wb") as file:
                file.write(before)


@pytest.mark.long("debug")
def test_a_large_files_tag_is_the_machines(unloaded):
    """The same after another load; another on another machine, or where there is no id."""
    write_with_time(f"{ROOT}/large", content(LARGE))
    write_with_time(f"{ROOT}/small", content(SMALL))
    SITE.settle()
    seen, small = [], set()
    for text in ("0123456789abcdef" * 2 + "\n", "0123456789abcdef" * 2, "1" * 32 + "\n",
                 "uninitialized\n", "uninitialized\n", "g" * 32 + "\n", "", None):
        with machine_id(text):
            assert khttpd.load(docroot=ROOT) == 0
        with Client(timeout=60) as client:
            seen.append(tag_of(client, "/large"))
            small.add(tag_of(client, "/small"))
        assert khttpd.unload() == 0
    assert all(tag[:2] == '"s' for tag in seen)
    assert seen[0] == seen[1]
    assert len(set(seen)) == len(seen) - 1
    assert len(small) == 1


@WAYS
def test_a_file_that_has_just_changed(loaded, way):
    """A large file's weak tag never stands for what its strong one does."""
    with Client(timeout=60) as client:
        # The clock's second may end meanwhile, and with it the time in which a file is recent.
        for _ in range(10):
            write_with_time(f"{ROOT}/large", content(LARGE, "first"))
            recent = tag_of(client, "/large")
            if recent.startswith('W/"r'):
                break
        assert recent.startswith('W/"r')
        SITE.settle()
        assert tag_of(client, "/large").startswith('"s')
        assert get(client, "/large", f"If-None-Match: {recent}").status == 200


@pytest.mark.params(cache_size=0)
def test_times_that_mean_nothing(loaded):
    with Client(timeout=60) as client:
        for seconds in (0, 1, 2):
            write_with_time(f"{ROOT}/f", content(SMALL), seconds)
            for _ in range(2):
                assert (get(client, "/f").field("last-modified") is None) == (seconds < 2)
                reply = get(client, "/f", "If-Modified-Since: Tue, 14 Nov 2023 22:11:40 GMT")
                assert reply.status == (200 if seconds < 2 else 304)


@contextlib.contextmanager
def mounted(image, kind, *options):
    os.makedirs(ROOT + "/disk", exist_ok=True)
    with system.mounted(image, ROOT + "/disk", "-t", kind, "-o", ",".join(("loop", *options))):
        yield


@pytest.mark.stock
@WAYS
def test_an_image_in_place_of_another(loaded, way):
    """Images give all their files one time and the same inodes."""
    tags = []
    seconds = "1600000000"
    for release in ("first", "second"):
        source = f"/tmp/tags-{release}"
        os.makedirs(source)
        for name, size in (("small", SMALL), ("large", LARGE)):
            write_with_time(f"{source}/{name}", content(size, release))
        subprocess.run(["mksquashfs", source, f"/tmp/tags-{release}.img", "-all-time", seconds,
                        "-mkfs-time", seconds, "-no-progress", "-quiet"], check=True)
        shutil.rmtree(source)
    with Client(timeout=60) as client:
        for release in ("first", "second"):
            with mounted(f"/tmp/tags-{release}.img", "squashfs", "ro"):
                reply = get(client, "/disk/small")
                assert reply.body == content(SMALL, release)
                assert get(client, "/disk/large").body == content(LARGE, release)
                for name, tag in zip(("/disk/small", "/disk/large"), tags):
                    assert get(client, name, f"If-None-Match: {tag}").status == 200
                tags = [reply.field("etag"), tag_of(client, "/disk/large")]
                assert (tags[0][:2], tags[1][:4]) == ('"h', 'W/"w')
                assert reply.field("last-modified") is None
                since = "If-Modified-Since: Sun, 13 Sep 2020 12:26:40 GMT"
                assert get(client, "/disk/small", since).status == 200
            # The look at the image is over by then.
            khttpd.wait_for(lambda: get(client, "/disk/small").status == 404, 5)
            os.unlink(f"/tmp/tags-{release}.img")


@pytest.mark.stock
def test_an_image_with_times_of_its_files(loaded):
    """Its root has another time than they, so theirs is the time of a change."""
    os.makedirs("/tmp/tags-times")
    write_with_time("/tmp/tags-times/small", content(SMALL), 1600000000)
    os.utime("/tmp/tags-times", (1600000001,) * 2)
    subprocess.run(["mksquashfs", "/tmp/tags-times", "/tmp/tags-times.img", "-no-progress",
                    "-quiet"], check=True)
    shutil.rmtree("/tmp/tags-times")
    with mounted("/tmp/tags-times.img", "squashfs", "ro"), Client(timeout=60) as client:
        assert get(client, "/disk/small").field("last-modified") == "Sun, 13 Sep 2020 12:26:40 GMT"
    os.unlink("/tmp/tags-times.img")
    # Of files that can be written to a time of this kind says what it says elsewhere.
    write_with_time(f"{ROOT}/small", content(SMALL), 1600000000)
    with Client(timeout=60) as client:
        assert get(client, "/small").field("last-modified") == "Sun, 13 Sep 2020 12:26:40 GMT"


@pytest.mark.stock
@WAYS
def test_a_file_system_that_does_not_tell(loaded, way):
    """Small files have the tag of their bytes, large ones a weak one."""
    with open("/tmp/tags.img", "wb") as file:
        file.truncate(4 << 20)
    subprocess.run(["mkfs.minix", "-3", "/tmp/tags.img"], check=True, stdout=subprocess.DEVNULL)
    with mounted("/tmp/tags.img", "minix"), Client(timeout=60) as client:
        for release in ("first", "second"):
            for name, size in (("small", SMALL), ("large", LARGE)):
                write_with_time(f"{ROOT}/disk/{name}", content(size, release))
            SITE.settle()
            assert get(client, "/disk/small").body == content(SMALL, release)
            # What is not held in memory may change between the hash and the sending.
            assert tag_of(client, "/disk/small").startswith('"h' if way is CACHED else 'W/"h')
            assert tag_of(client, "/disk/large")[:4] == 'W/"w'
    os.unlink("/tmp/tags.img")


@WAYS
def test_a_list_of_digests(loaded, way):
    """It vouches for what was not changed since, whatever was renamed; khttpdctl(8) writes it."""
    def write_list(digit):
        with open(f"{ROOT}/.khttpd-digests.new", "w", encoding="ascii") as file:
            for name in ("d/large", "e/large"):
                stat = os.stat(f"{ROOT}/{name}")
                file.write(f"{name}\t{digit * 64}\t{LARGE}\t{stat.st_mtime_ns}\t{stat.st_ino}\t"
                           f"{stat.st_ctime_ns}\n")
        os.rename(f"{ROOT}/.khttpd-digests.new", f"{ROOT}/.khttpd-digests")

    for folder in "de":
        os.mkdir(f"{ROOT}/{folder}")
        write_with_time(f"{ROOT}/{folder}/large", content(LARGE, folder))
    SITE.settle()
    write_list("a")
    with Client(timeout=60) as client:
        listed = '"d' + "a" * 32 + '"'
        assert tag_of(client, "/d/large") == listed == tag_of(client, "/e/large")
        assert get(client, "/.khttpd-digests").status == 404
        assert get(client, "/d/large", "Range: bytes=5-6", f"If-Range: {listed}").status == 206
        # A directory in place of another takes files along that are older than the list.
        os.rename(ROOT + "/d", ROOT + "/f")
        os.rename(ROOT + "/e", ROOT + "/d")
        assert khttpd.wait_for(lambda: tag_of(client, "/d/large")[:2] == '"s', 2)
        os.rename(ROOT + "/d", ROOT + "/e")
        write_with_time(f"{ROOT}/e/large", content(LARGE, "written"))
        SITE.settle()
        assert khttpd.wait_for(lambda: tag_of(client, "/e/large")[:2] == '"s', 2)


FS_IOC_ENABLE_VERITY = 0x40806685


@pytest.mark.stock
@WAYS
def test_fs_verity(loaded, way):
    """Its digests are exported to modules from 6.6 on; before, such a file is as others."""
    # On the root disk: tmpfs has none.
    with Folder("/verity") as folder:
        write_with_time("/verity/large", content(LARGE))
        # struct fsverity_enable_arg: version 1, SHA-256, blocks of 4096 bytes, no salt.
        argument = struct.pack("=IIIIQIIQ11Q", 1, 1, 4096, 0, 0, 0, 0, 0, *(0,) * 11)
        fd = os.open("/verity/large", os.O_RDONLY)
        try:
            fcntl.ioctl(fd, FS_IOC_ENABLE_VERITY, argument)
        finally:
            os.close(fd)
        folder.settle()
        assert khttpd.apply(docroot="/verity") == 0
        release = tuple(int(part) for part in os.uname().release.split(".")[:2])
        with Client(timeout=60) as client:
            tag = tag_of(client, "/large")
            assert tag[:2] == ('"d' if release >= (6, 6) else '"s')
            assert get(client, "/large").body == content(LARGE)
        assert khttpd.apply(docroot=ROOT) == 0
