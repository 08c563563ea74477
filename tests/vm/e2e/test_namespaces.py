# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A server in each network namespace: its own from the first byte to the last count."""

import ctypes
import errno
import os
import subprocess
import sys
import time

import pytest

import khttpd
import syscalls
from folder import Folder
from http_client import Client, get
from khttpd import SERVER_FILE
from namespaces import HERE, namespaces
from test_dead_disk import no_answer, one_processor

FIRST, OTHER, THIRD = (Folder(f"/tmp/namespace-{n}") for n in range(3))
ALL = pytest.mark.params(start=0, namespaces=2)
USERS = pytest.mark.skipif(not os.path.exists("/proc/self/ns/user"),
                           reason="the kernel has no user namespaces")


@pytest.fixture(scope="module", autouse=True)
def sites():
    with FIRST, OTHER, THIRD:
        for number, folder in enumerate((FIRST, OTHER, THIRD)):
            folder.write("name", b"of %d\n" % number)
            folder.write("index.html", b"index of %d\n" % number)
        FIRST.write("first", b"first alone\n")
        THIRD.settle()
        yield


def serve(folder, more=""):
    return f"docroot = {folder.path}\n{more}"


@pytest.mark.changes
@ALL
def test_each_its_own(loaded):
    """Files, cache, counters, limits and log of one are not seen in another."""
    assert khttpd.status()["listeners"] == 0 and khttpd.in_force() == ""
    assert khttpd.commit(serve(FIRST, "access_log = 1\n")) == (0, "")
    with namespaces(2) as (one, two):
        assert one.commit(serve(OTHER, "max_connections_per_address = 2\n")) == (0, "")
        assert two.commit(serve(THIRD, "access_log = 1\nport = 8099\n")) == (0, "")
        before = khttpd.status()
        for _ in range(3):
            assert one.get("/name") == (200, b"of 1\n")
            assert two.get("/name", port=8099) == (200, b"of 2\n")
        assert one.get("/first")[0] == 404
        with Client() as client:
            assert get(client, "/name").body == b"of 0\n"
            assert get(client, "/first").body == b"first alone\n"
        assert one.status()["requests"] == 4 and two.status()["requests"] == 3
        assert khttpd.status()["requests"] == before["requests"] + 2
        assert one.status()["cache_entries"] == 1 and khttpd.status()["cache_entries"] == 2
        assert one.status()["connections_refused"] == 0
        assert one.ask("connections(5)") == 2
        assert one.status()["connections_refused"] == 3
        assert two.ask("connections(5, port=8099)") == 5
        assert two.ask("log()").count("GET /name") == 8 and one.ask("log()") == ""
        with open("/proc/net/khttpd/log", encoding="ascii") as log:
            text = log.read()
        assert text.count("GET ") == 2 and "GET /first" in text
        # Each changes, and is refused, by itself.
        assert two.commit(serve(OTHER, "port = 8098\n")) == (0, "")
        assert two.get("/name", port=8098) == (200, b"of 1\n")
        assert two.commit("port = 0\n") == (errno.ERANGE, "1: port=0 is out of range: 1..65535\n")
        assert two.get("/name", port=8098) == (200, b"of 1\n")
        assert one.get("/name") == (200, b"of 1\n")
        assert "8098" in two.ask("khttpd.in_force()") and "8098" not in khttpd.in_force()


@pytest.mark.changes
@ALL
def test_a_lease(loaded):
    """The server ends with the last descriptor of the file that it began with."""
    names = "sorted(os.listdir('/proc/thread-self/net/khttpd'))"
    with namespaces(1) as (one,):
        assert one.ask(names) == ["server", "status"]
        assert one.commit(serve(OTHER)) == (0, "")
        assert one.ask(names) == ["config", "log", "metrics", "server", "status"]
        # Another file changes it, and its close is no end.
        assert one.ask(f"khttpd.commit({serve(THIRD)!r})") == (0, "")
        assert one.get("/name") == (200, b"of 2\n")
        assert one.ask("lease.duplicate()") and one.ask("lease.close()")
        assert one.get("/name") == (200, b"of 2\n")
        assert one.ask("lease.close()")
        assert one.ask("refused()")
        assert one.status()["listeners"] == 0 and one.ask("khttpd.in_force()") == ""
        # And begins anew, with a file that was opened before.
        assert one.commit(serve(OTHER)) == (0, "")
        assert one.get("/name") == (200, b"of 1\n")
        assert one.status()["requests"] == 1
    # The first one needs none.
    assert khttpd.commit(serve(FIRST)) == (0, "")
    with Client() as client:
        assert get(client, "/name").body == b"of 0\n"


@pytest.mark.changes
@ALL
def test_a_refused_start(loaded):
    """Nothing is left of it, and the reasons are told where the text was written."""
    with namespaces(1) as (one,):
        assert one.commit("docroot = /nowhere\n") == (
            errno.ENOENT, "1: docroot=/nowhere: no such directory\n")
        assert one.ask("refused()") and one.status()["listeners"] == 0
        assert one.commit("bind = 192.0.2.1%nowhere\n") == (
            errno.ENODEV, "1: bind: there is no network device nowhere\n")
        assert one.ask("taken(8081)")
        error, mistakes = one.commit(serve(OTHER))
        assert error == errno.EADDRINUSE and "port 8081: address in use" in mistakes
        assert one.ask("free()") and one.commit(serve(OTHER)) == (0, "")
        assert one.get("/name") == (200, b"of 1\n")


@pytest.mark.changes
@pytest.mark.params(start=0)
def test_none_but_the_first(loaded):
    with namespaces(1) as (one,):
        assert not one.ask("os.path.exists('/proc/thread-self/net/khttpd')")
    assert khttpd.commit(serve(FIRST)) == (0, "")


@USERS
@pytest.mark.changes
@pytest.mark.params(start=0, namespaces=1)
def test_those_of_the_first_user_namespace(loaded):
    with namespaces(1) as (one,), namespaces(1, "unshare", "-Urn") as (users,):
        assert one.commit(serve(OTHER)) == (0, "")
        assert one.get("/name") == (200, b"of 1\n")
        assert not users.ask("os.path.exists('/proc/thread-self/net/khttpd')")


USER = ("setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "unshare", "-Urn")


@USERS
@pytest.mark.changes
@ALL
def test_a_user(loaded):
    """Anybody may serve in a network namespace of his own, and what he may read himself."""
    OTHER.write("secret", b"secret\n")
    os.chmod(OTHER.path + "/secret", 0o600)
    with namespaces(1, *USER) as (user,), namespaces(1) as (one,):
        assert user.commit(serve(OTHER, "access_log = 1\n")) == (0, "")
        assert user.get("/name") == (200, b"of 1\n")
        assert user.get("/secret")[0] == 403
        assert "GET /secret" in user.ask("log()")
        assert one.commit(serve(OTHER)) == (0, "")
        assert one.get("/secret")[0] == 403


def taken_from(pid, fd):
    """The open file of another process, as a descriptor of ours."""
    libc = ctypes.CDLL(None, use_errno=True)
    taken = libc.syscall(syscalls.PIDFD_GETFD, os.pidfd_open(pid), fd, 0)
    assert taken >= 0, os.strerror(ctypes.get_errno())
    return taken


@USERS
@pytest.mark.changes
@ALL
def test_nobody_lends_his_rights(loaded):
    """A file that one opened and another one writes to gives neither what only the other may."""
    with namespaces(1, *USER) as (user,):
        user.ask("lease.open()")
        fd = taken_from(user.process.pid, user.ask("lease.fds[-1]"))
        with pytest.raises(PermissionError):
            os.write(fd, b"docroot = /root\ncommit\n")
        os.close(fd)
        assert user.ask("lease.close()") and user.commit(serve(OTHER)) == (0, "")
        # And one that root opened, which somebody without his capabilities has inherited.
        with open(SERVER_FILE, "wb", buffering=0) as file:
            ended = subprocess.run(["setpriv", "--reuid", "1000", "--clear-groups", "sh", "-c",
                                    "echo commit"], stdout=file, check=False)
        assert ended.returncode
        subprocess.run(["sh", "-c", f"echo commit | cat > {SERVER_FILE}"], check=True)


@pytest.mark.changes
@ALL
def test_a_file_keeps_its_namespace(loaded):
    """One that is open when the last process of the namespace leaves goes on to work."""
    with namespaces(1) as (one,):
        assert one.commit(serve(OTHER)) == (0, "")
        fd = taken_from(one.process.pid, one.ask("lease.fds[-1]"))
        inode = one.ask("os.stat('/proc/self/ns/net').st_ino")
    # A change, and the end, of a server that nobody else can reach any more.
    os.write(fd, serve(THIRD, "commit\n").encode())
    assert inode
    os.close(fd)


@pytest.mark.stock
@pytest.mark.changes
@ALL
def test_a_disk_of_another(loaded):
    """One that does not answer holds up nobody but the servers of other namespaces."""
    for number in range(200):
        OTHER.write(f"dead/{number}", b"%d\n" % number)
    assert khttpd.commit(serve(FIRST)) == (0, "")
    with one_processor(), namespaces(1) as (one,), no_answer(OTHER.path + "/dead"):
        assert one.commit(serve(OTHER)) == (0, "")
        assert one.ask("hang(200)")
        time.sleep(1.5)
        start = time.monotonic()
        with Client(timeout=20) as client:
            assert get(client, "/first").body == b"first alone\n"
        assert time.monotonic() - start < khttpd.scaled(1)


@pytest.mark.changes
@ALL
def test_a_namespace_goes(loaded):
    """With its last process, while clients ask and connections are open."""
    for _ in range(10 if khttpd.WHOLE else 2):
        with namespaces(3) as made:
            for one in made:
                assert one.commit(serve(OTHER)) == (0, "")
                assert one.ask("load(4)")
            for one in made:
                one.process.kill()
                one.process.stdin.close()
                one.process.stdout.close()
                one.process.wait(khttpd.scaled(60))
    start = time.monotonic()
    assert khttpd.unload() == 0
    assert time.monotonic() - start < khttpd.scaled(5)


@pytest.mark.changes
@ALL
def test_a_hundred(loaded):
    """Started, changed, stopped under load, and unloaded while all of them serve."""
    count = 100 if khttpd.WHOLE else 6 if khttpd.DEBUG else 12
    with namespaces(count) as made:
        for number, one in enumerate(made):
            assert one.commit(serve(OTHER, f"max_requests = {number + 2}\n")) == (0, "")
            assert one.get("/name") == (200, b"of 1\n")
        for one in made[::10]:
            assert one.ask("load(2)")
        for number, one in enumerate(made):
            if number % 3 == 1:
                assert one.commit(serve(THIRD, f"max_requests = {number + 2}\n")) == (0, "")
                assert one.get("/name") == (200, b"of 2\n")
            elif number % 3 == 2:
                assert one.ask("lease.close()")
                assert one.ask("refused()")
                assert one.commit(serve(OTHER)) == (0, "")
        for number, one in enumerate(made):
            status = one.status()
            assert status["listeners"] > 0 and status["connections_active"] >= 0
            if number % 10 and number % 3 != 2:
                assert status["requests"] == 1 + (number % 3 == 1), number
        start = time.monotonic()
        assert khttpd.unload() == 0
        took = time.monotonic() - start
        print(f"unload with {count} servers: {took:.2f} s")
        assert took < (2 if not khttpd.DEBUG else khttpd.scaled(2))
        for one in made[::10]:
            assert one.ask("refused()")


def objects():
    """The bytes of the objects of each slab cache, once what is to be freed is."""
    def now():
        with open("/proc/slabinfo", encoding="ascii") as file:
            rows = [line.split() for line in file][2:]
        return {row[0]: int(row[1]) * int(row[3]) for row in rows}
    before, after = {}, now()
    for _ in range(20):
        time.sleep(1)
        before, after = after, now()
        if abs(sum(after.values()) - sum(before.values())) < 32768:
            break
    return after


@pytest.mark.skipif(khttpd.DEBUG, reason="the checkers have memory of their own for each object")
def test_without_a_server(unloaded):
    """What a namespace takes in which nobody serves: as many, with and without the module."""
    count = 100
    taken = []
    for parameters in ({}, None):
        if parameters is not None:
            assert khttpd.load(start=0, namespaces=2) == 0
        before = objects()
        script = f"import os, namespace_agent\nnamespace_agent.hold({count})\n"
        with subprocess.Popen([sys.executable, "-B", "-c", script], stdout=subprocess.PIPE,
                              stdin=subprocess.PIPE, cwd=HERE, text=True) as holder:
            assert holder.stdout.readline() == "ready\n"
            taken.append({name: (size - before.get(name, 0)) / count
                          for name, size in objects().items()})
            holder.stdin.close()
        if parameters is not None:
            assert khttpd.unload() == 0
    more = {name: size - taken[1].get(name, 0) for name, size in taken[0].items()}
    print("bytes of slabs for a namespace:", {name: size for name, size in more.items() if size})
    # Those of other caches come and go with all that the machine does.
    assert 0 < more["proc_dir_entry"] < 896
