# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Much content: 10,000 files, a file of 1 GiB and one of 5 GiB, fetched by curl and compared."""

import fcntl
import os
import random
import subprocess

import pytest

import khttpd
from folder import Folder

ROOT = "/var/tmp/content"
OUT = "/tmp/fetched"
URL = "http://127.0.0.1:8081/"
MIB = 1 << 20
BLOCK = random.Random(0).randbytes(MIB)
# The debug kernel gets a tenth.
FOLDERS = 10 if khttpd.DEBUG else 100

pytestmark = [pytest.mark.params(docroot=ROOT), pytest.mark.long]


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT):
        yield


@pytest.fixture
def out():
    with Folder(OUT):
        yield OUT


# --- a tree of small files ---

@pytest.fixture(scope="module")
def tree(site):
    """Files of 0 to 9,999 bytes, each different from the others."""
    number = 0
    for folder in range(FOLDERS):
        path = f"{ROOT}/tree/{folder:02}"
        os.makedirs(path)
        for name in range(100):
            size = number * 7919 % 10000
            with open(f"{path}/{name:02}.bin", "wb") as file:
                file.write(BLOCK[number * 64:number * 64 + size])
            number += 1
    assert number == FOLDERS * 100


def same_trees():
    done = subprocess.run(["diff", "-r", ROOT + "/tree", OUT], stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stdout[:500]


def curl(*options, limit=120):
    done = subprocess.run(["curl", "-sS", "-f", "--create-dirs", *options], cwd=OUT, check=True,
                          stdout=subprocess.PIPE, timeout=khttpd.scaled(limit))
    return done.stdout


def test_tree_over_one_connection(loaded, tree, out):
    made = curl("-w", "%{num_connects}\n", "-o", "#1/#2.bin",
                f"{URL}tree/[00-{FOLDERS - 1:02}]/[00-99].bin")
    assert made.split() == [b"1"] + [b"0"] * (FOLDERS * 100 - 1)
    same_trees()


@pytest.mark.params(inline=0)
def test_tree_over_parallel_connections(loaded, tree, out):
    with open("/tmp/urls", "w", encoding="ascii") as file:
        for folder in range(FOLDERS):
            for name in range(100):
                path = f"{folder:02}/{name:02}.bin"
                file.write(f'url = "{URL}tree/{path}"\noutput = "{path}"\n')
    made = curl("--parallel", "--parallel-max", "20", "-w", "%{num_connects}\n", "-K", "/tmp/urls")
    os.unlink("/tmp/urls")
    assert len(made.split()) == FOLDERS * 100
    # Connections are used again: far fewer than files.
    assert 1 < sum(map(int, made.split())) <= FOLDERS * 10
    same_trees()


# --- large files ---

def fill(stream, block):
    """Reads until the block is full or the stream ends; the number of bytes."""
    have = 0
    with memoryview(block) as view:
        while have < len(block):
            got = stream.readinto(view[have:])
            if not got:
                break
            have += got
    return have


def compare(name, size, content):
    """What curl prints of the file is what content(place) says of each MiB; nothing is stored on
    the way, and the file is not read a second time."""
    client = subprocess.Popen(["curl", "-sS", "-f", "--max-time", str(int(khttpd.scaled(200))),
                               URL + name], stdout=subprocess.PIPE, bufsize=0)
    fcntl.fcntl(client.stdout, fcntl.F_SETPIPE_SZ, MIB)
    block, at = bytearray(MIB), 0
    try:
        while True:
            got = fill(client.stdout, block)
            last = got < MIB
            if got:
                assert (block[:got] if last else block) == content(at), f"differs after {at}"
            at += got
            if last:
                break
    finally:
        client.stdout.close()
        status = client.wait()
    assert status == 0
    assert at == size


@pytest.mark.stock
def test_file_of_1_gib(loaded):
    """No two pages of it are the same."""
    def content(at):
        cut = at // MIB * 257
        return BLOCK[cut:] + BLOCK[:cut]
    with open(ROOT + "/big", "wb", buffering=0) as file:
        for number in range(1024):
            file.write(content(number * MIB))
    compare("big", 1 << 30, content)
    os.unlink(ROOT + "/big")


@pytest.mark.stock
def test_file_of_5_gib(loaded):
    """Mostly holes; content where a number of 31 or 32 bits would turn over, and at the end."""
    size = (5 << 30) + 3
    places = {at: min(MIB, size - at) for at in
              (0, (2 << 30) - MIB, 2 << 30, (4 << 30) - MIB, 4 << 30, 5 << 30)}
    zeros = bytes(MIB)

    def content(at):
        return BLOCK[at >> 30:][:places[at]].ljust(places[at], b"x") if at in places else zeros
    with open(ROOT + "/sparse", "wb", buffering=0) as file:
        for at in places:
            file.seek(at)
            file.write(content(at))
    assert os.path.getsize(ROOT + "/sparse") == size
    compare("sparse", size, content)
    os.unlink(ROOT + "/sparse")
