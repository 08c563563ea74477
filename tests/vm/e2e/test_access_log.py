# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The access log: a line for each reply, in order, whatever clients send and whoever reads."""

import calendar
import collections
import errno
import os
import socket
import subprocess
import threading
import time

import pytest

import khttpd
from access_log import LOG, fields_of, read_text
from faults import ALL, Faults, failing
from folder import Folder
from http_client import GET, PAGE, Client, request, request_to

ROOT = "/tmp/logged"

on = pytest.mark.params(access_log=1)


def entries():
    return fields_of(read_text())


def numbers(found):
    return [int(entry["request"].split()[1][1:]) for entry in found]


@pytest.fixture
def one_cpu():
    """The client on one processor, with which what the receive path records is on it too."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@on
def test_fields(both_ways):
    entries()
    start = int(time.time())
    with Client() as client:
        assert client.get(request_to("/", "Referer: http://example/x?y",
                                     "User-Agent: agent/1 (a; b)")).status == 200
        assert client.get(request_to("/none?a=b%20c", version="1.0", method="HEAD"), head=True) \
            .status == 404
    assert request(request_to("/", method="OPTIONS"), address="::1").status == 204
    first, second, third = entries()
    when = calendar.timegm(time.strptime(first.pop("time"), "%d/%b/%Y:%H:%M:%S +0000"))
    assert start - 1 <= when <= time.time()
    assert first == {"host": "127.0.0.1", "request": "GET / HTTP/1.1", "status": "200",
                     "size": str(len(PAGE)), "referer": "http://example/x?y",
                     "agent": "agent/1 (a; b)"}
    second.pop("time")
    assert second == {"host": "127.0.0.1", "request": "HEAD /none?a=b%20c HTTP/1.0",
                      "status": "404", "size": "-", "referer": "-", "agent": "-"}
    assert (third["host"], third["request"], third["status"], third["size"]) == \
        ("::1", "OPTIONS / HTTP/1.1", "204", "-")
    assert entries() == []


@on
def test_as_many_as_replies(both_ways):
    entries()
    before = khttpd.status()
    with Client() as one, Client("::1") as two:
        for client in (one, two):
            client.send_aside(request_to("/") * 150 + request_to("/none") * 50 + b"BAD\r\n\r\n")
        for client in (one, two):
            assert [client.reply().status for _ in range(201)] == [200] * 150 + [404] * 50 + [400]
    found = entries()
    after = khttpd.status()
    replies = sum(after[f"responses_{kind}xx"] - before[f"responses_{kind}xx"]
                  for kind in range(2, 6))
    assert len(found) == replies == 402
    assert after["access_log_dropped"] == before["access_log_dropped"]
    for host in ("127.0.0.1", "::1"):
        assert [entry["status"] for entry in found if entry["host"] == host] == \
            ["200"] * 150 + ["404"] * 50 + ["400"]


@on
def test_order_across_cpus(both_ways):
    """Each request is on another processor than the one before; the log has them as they came."""
    cpus = sorted(os.sched_getaffinity(0))
    entries()
    try:
        with Client() as one, Client() as two:
            for number in range(100):
                os.sched_setaffinity(0, {cpus[number % len(cpus)]})
                (one, two)[number // 2 % 2].get(request_to(f"/{number}"))
    finally:
        os.sched_setaffinity(0, cpus)
    assert numbers(entries()) == list(range(100))


@on
def test_hostile_bytes(both_ways):
    entries()
    nasty = 'a"b\\c\td\x80\xff" 200 1 "-" "-'
    assert request(request_to("/", f"User-Agent: {nasty}", 'Referer: \\"')).status == 200
    # A control character is refused, and nothing of it comes through.
    with Client() as client:
        assert client.get(request_to("/", "Referer: r", "User-Agent: \x1b[2J")).status == 400
    with Client() as client:
        assert client.get(b"\x16\x03\x01\x02\x00\n\n").status == 400
    text = read_text()
    assert all(" " <= char < "\x7f" or char == "\n" for char in text)
    first, second, third = fields_of(text)
    assert first["agent"] == r'a\"b\\c\td\x80\xff\" 200 1 \"-\" \"-'
    assert first["referer"] == r'\\\"'
    assert (second["request"], second["referer"], second["agent"]) == \
        ("GET / HTTP/1.1", "r", "-")
    assert (third["request"], third["status"]) == ("-", "400")


@on
def test_long_fields_are_cut(both_ways):
    entries()
    request(request_to("/" + "t" * 3000, "Referer: " + "r" * 512, "User-Agent: " + "u" * 513))
    entry, = entries()
    assert entry["request"] == "GET /" + "t" * 1023 + "... HTTP/1.1"
    assert entry["referer"] == "r" * 512
    assert entry["agent"] == "u" * 512 + "..."


@pytest.mark.params(access_log=1, header_timeout=1, max_target_size=64)
def test_refused_before_it_was_read(both_ways):
    entries()
    with Client() as client:
        client.send(b"GET / HTTP/1.1\r\nUser-Agent: u\r\nHo")
        assert client.reply().status == 408
    assert request(b"GET /" + b"x" * 64).status == 414
    with Client() as client:
        assert client.closed()
    assert [(entry["request"], entry["status"], entry["agent"]) for entry in entries()] == \
        [("GET / HTTP/1.1", "408", "u"), ("GET", "414", "-")]


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT) as folder:
        for name, size in (("small", 100), ("medium", 50000), ("large", 3000000)):
            folder.write(name, b"x" * size)
        yield


@pytest.mark.params(access_log=1, docroot=ROOT, cache_max_file=64)
def test_files(both_ways):
    entries()
    with Client(timeout=30) as client:
        sizes = [len(client.get(request_to(path, *fields)).body) for path, *fields in
                 (("/small",), ("/small",), ("/medium",), ("/medium",),
                  ("/large", "Referer: r"), ("/large", "Range: bytes=5-9"),
                  ("/large", "Range: bytes=0-1,8-9"), ("/nothing",))]
    found = entries()
    assert [int(entry["size"]) for entry in found] == sizes
    assert [entry["status"] for entry in found] == ["200"] * 5 + ["206"] * 2 + ["404"]
    assert found[4]["request"] == "GET /large HTTP/1.1" and found[4]["referer"] == "r"


def test_off_by_default(loaded):
    assert khttpd.config()["access_log"] == "0"
    assert request(GET).status == 200
    assert read_text() == ""
    assert khttpd.status()["access_log_dropped"] == 0


@on
def test_only_for_root(loaded):
    assert os.stat(LOG).st_mode & 0o7777 == 0o400
    pid = os.fork()
    if pid == 0:
        os.setuid(65534)
        try:
            open(LOG, "rb").close()
            os._exit(0)
        except PermissionError:
            os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7


@pytest.mark.params(access_log=1, access_log_size=16)
def test_full(both_ways, one_cpu):
    """What is full keeps the oldest records; the others are counted, and reading makes room."""
    entries()
    before = khttpd.status()["access_log_dropped"]
    for burst in range(2):
        with Client() as client:
            for number in range(0, 600, 20):
                client.send(b"".join(request_to(f"/{n}", "User-Agent: " + "u" * 200)
                                     for n in range(number, number + 20)))
                for _ in range(20):
                    assert client.reply().status == 404
        dropped = khttpd.status()["access_log_dropped"] - before
        found = numbers(entries())
        assert 20 < len(found) < 600
        assert len(found) + dropped == 600, burst
        if khttpd.parameter("inline") == "1":
            assert found[:20] == list(range(20))
        before += dropped


@pytest.mark.changes
def test_toggled_by_apply(loaded):
    assert khttpd.apply(access_log=1) == 0
    with Client() as client:
        client.get(request_to("/0"))
        client.get(request_to("/1"))
        assert numbers(entries()) == [0, 1]
        # Another change leaves what is recorded where it is.
        client.get(request_to("/2"))
        assert khttpd.apply(keepalive_timeout=30) == 0
        assert numbers(entries()) == [2]
        # One of the log itself drops it, and says so.
        dropped = khttpd.status()["access_log_dropped"]
        for number in range(3, 6):
            client.get(request_to(f"/{number}"))
        assert khttpd.apply(access_log_size=64) == 0
        assert khttpd.status()["access_log_dropped"] == dropped + 3
        client.get(request_to("/6"))
        assert numbers(entries()) == [6]
        client.get(request_to("/7"))
        assert khttpd.apply(access_log=0) == 0
        assert khttpd.status()["access_log_dropped"] == dropped + 4
        client.get(request_to("/8"))
        assert read_text() == ""
        assert khttpd.apply(access_log=1) == 0
        client.get(request_to("/9"))
        assert numbers(entries()) == [9]


@pytest.mark.changes
def test_refused_apply_keeps_the_log(loaded):
    assert khttpd.apply(access_log=1) == 0
    request(request_to("/0"))
    assert khttpd.apply(access_log_size=15) == errno.ERANGE
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("0.0.0.0", 8092))
        taken.listen()
        assert khttpd.apply(access_log_size=32, port=8092) == errno.EADDRINUSE
        assert khttpd.apply(access_log=0, port=8092) == errno.EADDRINUSE
    request(request_to("/1"))
    assert numbers(entries()) == [0, 1]
    assert khttpd.config()["access_log_size"] == "1024"


@on
def test_short_reads(loaded):
    """A line is given out in pieces as small as a reader likes, and none is lost."""
    entries()
    with Client() as client:
        for number in range(10):
            client.get(request_to(f"/{number}", "User-Agent: \xff\xff"))
    assert numbers(fields_of(read_text(7))) == list(range(10))


@on
def test_a_file_that_stays_open(loaded):
    """Nothing is the end of it: the next read has what came since."""
    entries()
    with open(LOG, "rb", buffering=0) as file:
        for number in range(0, 9, 3):
            request(request_to(f"/{number}"))
            request(request_to(f"/{number + 1}"))
            first = file.read(20)
            # What comes during a pass is for the next one.
            request(request_to(f"/{number + 2}"))
            first += file.read(65536)
            assert numbers(fields_of(first.decode())) == [number, number + 1]
            assert file.read(65536) == b""
            assert numbers(fields_of(file.read(65536).decode())) == [number + 2]
            assert file.read(65536) == b""


@on
def test_reading_ends_while_the_server_is_busy(loaded):
    with subprocess.Popen(["wrk", "-t1", "-c16", "-d60s", "http://127.0.0.1:8081/"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as wrk:
        try:
            assert khttpd.wait_for(lambda: khttpd.status()["requests"] > 500, 20)
            done = subprocess.run(["cat", LOG], check=True, stdout=subprocess.PIPE, text=True,
                                  timeout=khttpd.scaled(30))
        finally:
            wrk.kill()
    assert len(fields_of(done.stdout)) > 100
    assert khttpd.wait_idle()
    entries()


def read_until(stop, size, texts):
    """A reader of its own, for a thread; keeps going while the log is switched."""
    with open(LOG, "rb", buffering=0) as file:
        text = b""
        while True:
            ending = stop.is_set()
            part = file.read(size)
            text += part
            if not part:
                if ending:
                    break
                time.sleep(0.005)
    texts.append(text.decode("ascii"))


def start_readers(stop, sizes, texts):
    threads = [threading.Thread(target=read_until, args=(stop, size, texts), daemon=True)
               for size in sizes]
    for thread in threads:
        thread.start()
    return threads


@on
def test_two_readers(both_ways):
    """Each line goes to one of them, whole."""
    entries()
    stop, texts = threading.Event(), []
    threads = start_readers(stop, (50, 65536), texts)
    with Client(timeout=30) as client:
        for number in range(0, 1000, 50):
            client.send(b"".join(request_to(f"/{n}") for n in range(number, number + 50)))
            for _ in range(50):
                client.reply()
    stop.set()
    for thread in threads:
        thread.join(khttpd.scaled(20))
    assert len(texts) == 2
    seen = collections.Counter(numbers(fields_of("".join(texts))))
    assert seen == collections.Counter(range(1000))


@pytest.mark.changes
def test_changed_many_times_under_load(loaded):
    assert khttpd.apply(access_log=1) == 0
    stop, texts = threading.Event(), []
    threads = start_readers(stop, (4096, 100), texts)
    before = khttpd.status()
    with subprocess.Popen(["wrk", "-t1", "-c16", "-d120s", "--timeout", "20s",
                           "http://127.0.0.1:8081/"], stdout=subprocess.PIPE, text=True) as wrk:
        for number in range(khttpd.fewer(100)):
            values = {"access_log": int(number % 3 > 0), "access_log_size": 16 << number % 4}
            assert khttpd.apply(**values) == 0
        wrk.send_signal(2)
        output = wrk.communicate(timeout=khttpd.scaled(60))[0]
    assert khttpd.wait_idle()
    stop.set()
    for thread in threads:
        thread.join(khttpd.scaled(20))
    assert "Socket errors" not in output, output
    assert len(texts) == 2
    after = khttpd.status()
    read = len(fields_of(texts[0])) + len(fields_of(texts[1]))
    recorded = read + after["access_log_dropped"] - before["access_log_dropped"]
    assert 0 < read <= recorded <= after["requests"] - before["requests"]


@pytest.mark.parametrize("busy", [False, True], ids=["open", "reading"])
def test_unload_with_a_reader(unloaded, busy):
    for _ in range(5):
        assert khttpd.load(access_log=1) == 0
        with open(LOG, "rb", buffering=0) as file:
            assert request(GET).status == 200
            ended = []

            def read():
                try:
                    while True:
                        file.read(64)
                except OSError as error:
                    ended.append(error.errno)
            reader = threading.Thread(target=read, daemon=True)
            if busy:
                reader.start()
            start = time.monotonic()
            assert khttpd.unload() == 0
            assert time.monotonic() - start < khttpd.scaled(2)
            if not busy:
                read()
            else:
                reader.join(khttpd.scaled(5))
            assert ended == [errno.EIO]


@pytest.mark.debug
@pytest.mark.changes
def test_no_memory_for_the_log(loaded):
    """A new log fails at one allocation after the other: the old one is kept."""
    failures = []
    deadline = time.monotonic() + khttpd.scaled(90)
    with Faults("failslab", **ALL), Faults("fail_page_alloc", **ALL):
        for nth in range(1, 400):
            before = khttpd.config()
            error, left = failing(
                nth, lambda: khttpd.apply(access_log=1, access_log_size=16 + nth % 2))
            failures.append(error)
            if error:
                assert khttpd.config() == before, nth
            request(request_to("/0"))
            assert numbers(entries()) == [0] * int(khttpd.config()["access_log"]), nth
            if left or time.monotonic() > deadline:
                break
    assert not left or not failures[-1]
    assert failures.count(errno.ENOMEM) > 5, failures
