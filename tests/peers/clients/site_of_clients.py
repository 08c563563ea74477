# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""What the clients fetch: a large file, a tree of pages, repositories of packages and a film."""

import functools
import gzip
import hashlib
import os
import pathlib
import random
import shutil
import subprocess

ROOT = pathlib.Path("/srv/clients")
URL = "http://127.0.0.1:8081"
BIG = (6 << 20) + 17
CHANGED = 784111777  # 1994-11-06T08:49:37Z
TREE = {"index.html": '<a href="one.html">1</a> <a href="sub/">2</a> <img src="a%20b.png">',
        "one.html": '<a href="index.html">back</a> <a href="sub/deep/two.html?x=[1]">2</a>',
        "sub/index.html": '<a href="../one.html">1</a> <a href="deep/two.html">2</a>',
        "sub/deep/two.html": "<p>two</p>", "a b.png": "PNG"}


@functools.lru_cache(maxsize=None)
def big():
    return random.Random(1).randbytes(BIG)


def write(name, data):
    path = ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    os.utime(path, (CHANGED, CHANGED))


def tool(*command, folder=ROOT, **more):
    subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=True, env=dict(os.environ, HOME="/tmp", **more))


def make_apt():
    """A repository of one package, flat."""
    tree = pathlib.Path("/tmp/package")
    (tree / "DEBIAN").mkdir(parents=True)
    control = ("Package: khttpd-hello\nVersion: 1.0\nArchitecture: all\n"
               "Maintainer: x <x@example.org>\nDescription: nothing\n")
    (tree / "DEBIAN/control").write_text(control)
    (tree / "hello").write_bytes(big()[:300000])
    (ROOT / "apt").mkdir()
    # An epoch and a tilde in a name are what many have.
    name = "khttpd-hello_1.0~a+b_all.deb"
    tool("dpkg-deb", "--root-owner-group", "-b", str(tree), str(ROOT / "apt" / name))
    data = (ROOT / "apt" / name).read_bytes()
    packages = (control.replace("Description", f"Filename: ./{name}\nSize: {len(data)}\nSHA256: "
                                f"{hashlib.sha256(data).hexdigest()}\nDescription") + "\n").encode()
    write("apt/Packages", packages)
    write("apt/Packages.gz", gzip.compress(packages, mtime=0))
    release = "Suite: x\nDate: Sun, 06 Nov 1994 08:49:37 UTC\nSHA256:\n"
    for file in ("Packages", "Packages.gz"):
        content = (ROOT / "apt" / file).read_bytes()
        release += f" {hashlib.sha256(content).hexdigest()} {len(content)} {file}\n"
    write("apt/Release", release)


def make_git():
    """A bare repository as plain files, for git's older protocol."""
    work = pathlib.Path("/tmp/repository")
    work.mkdir()
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", "x"), ("EMAIL", "x@example.org"))}
    tool("git", "init", "-q", "-b", "main", folder=work)
    for number in range(3):
        (work / f"file{number}").write_bytes(big()[:100000 * (number + 1)])
        tool("git", "add", "-A", folder=work)
        tool("git", "commit", "-q", "-m", str(number), folder=work, **who)
    tool("git", "clone", "-q", "--bare", str(work), str(ROOT / "repository.git"))
    tool("git", "repack", "-q", "-a", "-d", folder=ROOT / "repository.git")
    tool("git", "update-server-info", folder=ROOT / "repository.git")


def make_film():
    """Half a minute, in MP4 with its index at the end, and in pieces with a list of them."""
    source = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i",
              "testsrc=size=160x120:rate=5:duration=30",
              "-c:v", "mpeg4", "-g", "10"]
    tool(*source, "-b:v", "600k", "film.mp4")
    (ROOT / "hls").mkdir()
    tool(*source[:-4], "-c:v", "mpeg2video", "-g", "10", "-f", "hls", "-hls_time", "4",
         "-hls_list_size", "0",
         "list.m3u8", folder=ROOT / "hls")


def make():
    for path in (ROOT, "/tmp/package", "/tmp/repository"):
        shutil.rmtree(path, ignore_errors=True)
    ROOT.mkdir(parents=True)
    write("big", big())
    page = b"<!DOCTYPE html><p>line</p>\n" * 500
    write("page.html", page)
    write("page.html.gz", gzip.compress(page, mtime=0))
    for name, text in TREE.items():
        write("tree/" + name, text)
    make_apt()
    make_git()
    make_film()
    (ROOT / "rpm").mkdir()
    tool("createrepo_c", "-q", str(ROOT / "rpm"))
    # Of what is had already only what differs is fetched: here every hundredth kilobyte.
    tool("zsyncmake", "-u", "big", "-o", "big.zsync", str(ROOT / "big"))
