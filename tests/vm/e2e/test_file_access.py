# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Who else has a say in opening and reading files: fanotify, and IMA of the security modules."""

import ctypes
import itertools
import os
import time

import pytest

import fanotify
import khttpd
from folder import Folder, content
from http_client import Client, get, request_to

ROOT = "/tmp/access"
SITE = Folder(ROOT)
write = SITE.write
IMA = "/sys/kernel/security/ima/"
# Of these owners the files are for IMA; a policy can be loaded once, for all tests of a machine.
MEASURED, APPRAISED = 54321, 54322

pytestmark = pytest.mark.params(docroot=ROOT, cache_size=4096, cache_max_file=64)


# The document root stays, and no name is used twice: what is cached is looked at now and then.
NAMES = (f"file{number}" for number in itertools.count())


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        yield


def fresh(size, owner=0):
    """The name of a new file."""
    name = next(NAMES)
    write(name, content(size))
    os.chown(f"{ROOT}/{name}", owner, owner)
    return name


@pytest.fixture(name="guarded")
def fixture_guarded():
    if not fanotify.available():
        pytest.skip("a kernel without fanotify")


def ask(path):
    """The head and as much of the content as comes before the connection's end, if there is one."""
    with Client(timeout=30) as client:
        client.send(request_to(path, "Connection: close"))
        data = b""
        try:
            while True:
                more = client.sock.recv(65536)
                if not more:
                    return data.partition(b"\r\n\r\n")
                data += more
        except ConnectionResetError:
            return data.partition(b"\r\n\r\n")


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_opening_is_asked_for(both_ways, guarded, size):
    name = fresh(size)
    with fanotify.Guard(f"{ROOT}/{name}", fanotify.OPEN_PERM) as guard, Client() as client:
        assert get(client, "/" + name).status == 403
        assert guard.asked
        guard.allows = True
        assert get(client, "/" + name).body == content(size)


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_reading_is_asked_for(both_ways, guarded, size):
    """In the head's place there may be a 200 already: then only a reset tells."""
    name = fresh(size)
    errors = khttpd.status()["file_errors"]
    with fanotify.Guard(f"{ROOT}/{name}", fanotify.ACCESS_PERM) as guard:
        head, _, body = ask("/" + name)
        assert guard.asked
        assert body == b"", head
        assert khttpd.status()["file_errors"] == errors + 1
        guard.allows = True
        assert ask("/" + name)[2] == content(size)
    assert khttpd.wait_idle()


def test_reading_is_asked_for_again(both_ways, guarded):
    """Each part of a large file anew: who is asked may change their mind."""
    size = 16 << 20
    name = fresh(size)
    with fanotify.Guard(f"{ROOT}/{name}", fanotify.ACCESS_PERM) as guard, \
            Client(receive_buffer=4096, timeout=30) as client:
        guard.allows = True
        client.send(request_to("/" + name))
        received = len(client.sock.recv(1000))
        guard.allows = False
        with pytest.raises(ConnectionResetError):
            while received < size:
                received += len(client.sock.recv(65536)) or size
        assert received < size
    assert khttpd.wait_idle()


def test_who_does_not_answer(both_ways, guarded):
    """The one connection waits, whatever its peer does; others do not. The answer sets it free."""
    name, other_name = fresh(1 << 20), fresh(6)
    with fanotify.Guard(f"{ROOT}/{name}", fanotify.ACCESS_PERM) as guard:
        guard.answers.clear()
        with Client() as client:
            client.send(request_to("/" + name))
            assert khttpd.wait_for(lambda: guard.asked)
            with Client() as other:
                assert get(other, "/" + other_name).body == content(6)
            client.reset()
        time.sleep(0.3)
        assert khttpd.status()["connections_active"] >= 1
        guard.answers.set()
        assert khttpd.wait_idle()


def test_reading_is_told(both_ways):
    """A large file's reading as a small one's."""
    for size in (1000, 1 << 20):
        name = fresh(size)
        with fanotify.Reads(f"{ROOT}/{name}") as reads, Client() as client:
            assert get(client, "/" + name).body == content(size)
            assert reads.seen(), size


def ima_policy():
    """Loads the tests' policy, once."""
    if not os.path.isdir(IMA):
        ctypes.CDLL(None).mount(b"none", b"/sys/kernel/security", b"securityfs", 0, None)
    if not os.path.isdir(IMA):
        pytest.skip("a kernel without IMA")
    if not os.path.exists(IMA + "policy") or ima_policy.loaded:
        return
    with open(IMA + "policy", "wb", buffering=0) as file:
        file.write(b"measure func=FILE_CHECK mask=MAY_READ fowner=%d\n" % MEASURED)
        file.write(b"appraise func=FILE_CHECK mask=MAY_READ fowner=%d\n" % APPRAISED)
    ima_policy.loaded = True


ima_policy.loaded = False


def measured(path):
    with open(IMA + "ascii_runtime_measurements", encoding="utf-8") as file:
        return any(path in line.split() for line in file)


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_integrity_is_measured(loaded, size):
    ima_policy()
    name = fresh(size, MEASURED)
    with Client() as client:
        assert get(client, "/" + name).body == content(size)
    assert measured(f"{ROOT}/{name}")


@pytest.mark.parametrize("size", [1000, 1 << 20])
def test_integrity_is_judged(loaded, size):
    """A file without the signature or digest that the policy asks for is not served."""
    ima_policy()
    name = fresh(size, APPRAISED)
    with Client() as client:
        assert get(client, "/" + name).status == 403
        os.chown(f"{ROOT}/{name}", 0, 0)
        assert get(client, "/" + name).body == content(size)
