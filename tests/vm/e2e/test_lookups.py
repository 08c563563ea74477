# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Every way that a path can take, held against openat2(2): plain names, which the module walks by
itself, and links, mounts and what else is left to the kernel's own walk."""

import contextlib
import ctypes
import errno
import mmap
import os
import stat
import struct
import subprocess

import pytest

import khttpd
import syscalls
import system
from folder import Folder
from http_client import Client, becomes, get

ROOT = "/srv/lookups"
NOBODY = 65534
RESOLVE_NO_MAGICLINKS, RESOLVE_BENEATH = 0x02, 0x08
LONG = "l" * 255
# To be mounted, as system.mounted() has it.
OVERLAY = ("none", ROOT + "/over", "-t", "overlay", "-o",
           f"lowerdir={ROOT}/low,upperdir={ROOT}/high,workdir={ROOT}/work")

pytestmark = pytest.mark.changes

# Paths; all of a directory's are tried with a slash behind them as well.
PATHS = ["f", "d/f", "d/e/f", "d", "d/e", "none", "d/none", "none/f", "f/f", "d/f/f",
         LONG, LONG + "l", "d/" + LONG, "/".join("n" * 40) + "/f", "//d//e///f",
         "link", "d/up", "d/over", "to_d/f", "to_d", "to_d/e/f", "to_link/f", "broken", "circle",
         "out", "out/passwd", "absolute", "magic", "magic/f",
         "bound/f", "bound", "bound/e/f", "bound/up", "bound_file", "memory/f", "memory/d/f",
         "over/f", "covered/f", "covered/inner/f", "fifo",
         "closed/f", "closed", "closed/open/f", "listed/f", "listed/none", "secret", "d/secret"]


@contextlib.contextmanager
def tree():
    with Folder(ROOT) as folder, contextlib.ExitStack() as mounts:
        for name in ("f", "d/f", "d/e/f", LONG, "d/" + LONG,
                     "/".join("n" * 40) + "/f", "closed/f", "closed/open/f", "listed/f", "secret",
                     "d/secret", "covered/f", "elsewhere/inner/f", "elsewhere/f"):
            folder.write(name, name.encode()[-200:])
        for name, target in (("link", "f"), ("d/up", "../f"), ("d/over", "../../lookups/f"),
                             ("to_d", "d"), ("to_link", "to_d"), ("broken", "nothing"),
                             ("circle", "circle"), ("out", "/etc"), ("absolute", ROOT + "/f"),
                             ("magic", "/proc/self/root")):
            os.symlink(target, f"{ROOT}/{name}")
        os.mkfifo(ROOT + "/fifo")
        for name in ("bound", "memory", "over", "low", "high", "work"):
            os.mkdir(f"{ROOT}/{name}")
        folder.write("bound_file", b"covered")
        folder.write("low/f", b"of the lower layer")
        mount = lambda *how: mounts.enter_context(system.mounted(*how))
        mount(ROOT + "/d", ROOT + "/bound", "-o", "bind")
        mount(ROOT + "/d/f", ROOT + "/bound_file", "-o", "bind")
        mount(ROOT + "/elsewhere", ROOT + "/covered", "-o", "bind")
        mount("none", ROOT + "/memory", "-t", "tmpfs")
        # Not every kernel here has it; the path is one without a mount then.
        with contextlib.suppress(subprocess.CalledProcessError):
            mount(*OVERLAY)
        folder.write("memory/f", b"in memory")
        folder.write("memory/d/f", b"in memory, below")
        for name, mode in (("closed", 0o700), ("listed", 0o711), ("secret", 0o600),
                           ("d/secret", 0o600)):
            os.chmod(f"{ROOT}/{name}", mode)
        yield


def open_below(path, flags):
    """A descriptor, as nobody gets one below the root; the kernel's own word for the same."""
    how = struct.pack("QQQ", flags | os.O_NONBLOCK * (flags != os.O_PATH), 0,
                      RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS)
    root = os.open(ROOT, os.O_PATH)
    libc = ctypes.CDLL(None, use_errno=True)
    os.seteuid(NOBODY)
    error = errno.EAGAIN
    try:
        # Somebody may have renamed or mounted something meanwhile, wherever it is.
        while error == errno.EAGAIN:
            fd = libc.syscall(syscalls.OPENAT2, root, path.lstrip("/").encode(),
                              ctypes.create_string_buffer(how, len(how)), len(how))
            error = ctypes.get_errno() if fd < 0 else 0
    finally:
        os.seteuid(0)
        os.close(root)
    if fd < 0:
        raise OSError(error, os.strerror(error))
    return fd


def expected(path):
    """(status, content), by what opening the file comes to."""
    try:
        fd = open_below(path, os.O_PATH)
        mode = os.fstat(fd).st_mode
        os.close(fd)
        if stat.S_ISDIR(mode):
            # No file has the name of an index.
            return (403 if path.endswith("/") else 301), None
        if not stat.S_ISREG(mode):
            return 404, None
        with os.fdopen(open_below(path, os.O_RDONLY), "rb") as file:
            return 200, file.read()
    except OSError as error:
        return (403 if error.errno in (errno.EACCES, errno.EPERM) else 404), None


def check(client, path):
    status, content = expected(path)
    reply = get(client, "/" + path)
    assert reply.status == status, (path, reply.status, status)
    assert content is None or reply.body == content, path
    return status


@pytest.mark.params(cache_size=0)
def test_as_openat2_has_it(loaded):
    with tree():
        assert khttpd.apply(docroot=ROOT) == 0
        with Client(timeout=60) as client:
            seen = [check(client, path) for path in PATHS]
            # A file's name with a slash behind it is that of no file.
            seen += [check(client, path + "/") for path in PATHS if expected(path)[0] != 200]
        assert {200, 301, 403, 404} == set(seen)


@pytest.mark.params(cache_size=65536)
def test_a_mount_comes_and_goes(loaded):
    """Over a directory on the way, and over the file itself, within a second."""
    with Folder(ROOT) as folder:
        folder.write("d/e/f", b"below")
        folder.write("other/e/f", b"above")
        folder.settle()
        assert khttpd.apply(docroot=ROOT) == 0
        def is_seen(data):
            return becomes("/d/e/f", 200, data, within=1.5)
        for way in ("/d", "/d/e", "/d/e/f"):
            assert is_seen(b"below"), way
            with system.mounted(ROOT + way.replace("/d", "/other", 1), ROOT + way, "-o", "bind"):
                assert is_seen(b"above"), way
        assert is_seen(b"below")


@pytest.mark.params(cache_size=65536)
def test_a_parent_is_renamed_or_closed(loaded):
    """A file is not found under its old path for more than a second, nor by who may not enter."""
    with Folder(ROOT) as folder, Folder(ROOT + "-outside"):
        folder.write("d/e/f", b"here")
        folder.settle()
        assert khttpd.apply(docroot=ROOT) == 0
        for change, path, status in (
                (lambda: None, "/d/e/f", 200),
                (lambda: os.rename(ROOT + "/d", ROOT + "/n"), "/d/e/f", 404),
                (lambda: None, "/n/e/f", 200),
                (lambda: os.rename(ROOT + "/n/e", ROOT + "-outside/e"), "/n/e/f", 404),
                (lambda: os.rename(ROOT + "-outside/e", ROOT + "/n/e"), "/n/e/f", 200),
                (lambda: os.chmod(ROOT + "/n", 0o700), "/n/e/f", 403),
                (lambda: os.chmod(ROOT + "/n", 0o755), "/n/e/f", 200)):
            change()
            assert becomes(path, status, within=1.5), (path, status)


@pytest.mark.params(cache_size=65536)
def test_the_layer_below_changes(loaded):
    """Of an overlay, which itself tells nobody."""
    with Folder(ROOT) as folder:
        for name in ("low", "high", "work", "over"):
            os.mkdir(f"{ROOT}/{name}")
        folder.write("low/f", b"before")
        folder.settle()
        with contextlib.ExitStack() as mounts:
            try:
                mounts.enter_context(system.mounted(*OVERLAY))
            except subprocess.CalledProcessError:
                pytest.skip("this kernel has no overlayfs")
            assert khttpd.apply(docroot=ROOT) == 0
            assert becomes("/over/f", 200, b"before", within=1.5)
            folder.write("low/f", b"behind")
            assert becomes("/over/f", 200, b"behind", within=1.5)


@pytest.mark.params(cache_size=65536)
def test_written_through_a_mapping(loaded):
    """Without a call of write(2): seen when the file system has been told, by msync(2)."""
    with Folder(ROOT) as folder:
        folder.write("f", b"before")
        folder.settle()
        assert khttpd.apply(docroot=ROOT) == 0
        assert becomes("/f", 200, b"before", within=1.5)
        with open(ROOT + "/f", "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            memory[:] = b"mapped"
            memory.flush()
            assert becomes("/f", 200, b"mapped", within=1.5)
