# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Each tracepoint against what was done, and the fields that khttpd(4) promises."""

import errno
import os
import time

import pytest

import khttpd
import system
import tracing
from folder import Folder, content
from http_client import Client, get, request_to
from namespaces import namespaces
from test_limits import refused
from tracing import Recording

SITE = Folder("/tmp/traced")
LARGE = 8 << 20
on_files = pytest.mark.params(docroot=SITE.path)

# A name is that of an event, without khttpd_.
PROMISED = {
    "accept": "conn address port",
    "client": "conn address port",
    "request": "conn method target",
    "response": "conn status bytes latency_ns path cache site place",
    "close": "conn reason requests",
    "state": "conn state reason",
    "run": "conn softirq requests work duration_ns",
    "blocked": "conn memory attached",
    "unblocked": "conn",
    "lookup": "conn duration_ns",
    "file_open": "name error size duration_ns",
    "cache_look": "path hit",
    "cache_insert": "path bytes entries",
    "cache_evict": "path bytes reason",
    "limit": "conn limit",
    "held": "kind bytes held",
    "error": "conn where error",
    "config": "netns action error",
    "drain": "netns on connections",
}


@pytest.fixture(scope="module", autouse=True)
def site():
    with SITE:
        SITE.write("a", b"content of a\n")
        SITE.write("b", b"content of b\n")
        SITE.write("large", content(LARGE))
        SITE.settle()
        yield


def test_fields(loaded):
    """By name and order: programs of users have them in theirs."""
    found = {}
    for name in os.listdir(tracing.EVENTS):
        if name.startswith("khttpd_"):
            with open(f"{tracing.EVENTS}{name}/format", encoding="utf-8") as file:
                fields = [line.split(";")[0].split()[-1].split("[")[0] for line in file
                          if line.startswith("\tfield:")]
            found[name[len("khttpd_"):]] = " ".join(
                field for field in fields if not field.startswith("common_"))
    assert found == PROMISED


@on_files
@pytest.mark.changes
def test_paths_and_places(both_ways):
    """Who made the reply, of what, and which part of the configuration held for it."""
    text = (f"docroot = {SITE.path}\ninline = {khttpd.parameter('inline')}\n"
            "[location = /b]\n[site two.example]\n")
    before = khttpd.in_force()
    port = f"port = {khttpd.PORT}\n"
    assert khttpd.commit(port + text) == (0, "")
    here = "softirq" if khttpd.parameter("inline") == "1" else "work"
    try:
        with Recording("response") as recording, Client() as client:
            client.get()
            for target in ("/a", "/a", "/b", "/none"):
                get(client, target)
            client.get(b"GET /a HTTP/1.1\r\nHost: two.example\r\n\r\n")
            client.get(b"BREW /a HTTP/1.1\r\nHost: t\r\n\r\n")
            assert recording.wait("response", status="501")
            replies = [event.fields for event in recording.events()]
    finally:
        assert khttpd.commit(before) == (0, "")
    told = [(reply["status"], reply["path"], reply["cache"], reply["site"])
            for reply in replies[1:]]
    assert told == [("200", "file", "0", "0"), ("200", here, "1", "0"), ("200", "file", "0", "0"),
                    ("404", "file", "0", "0"), ("200", "file", "0", "1"), ("501", here, "0", "0")]
    places = [reply["place"] for reply in replies[1:]]
    assert places[0] == places[1] == places[3] == "0"
    assert len({places[0], places[2], places[4]}) == 3


@on_files
@pytest.mark.changes
def test_lookups_files_and_the_cache(loaded):
    with Recording("lookup", "file_open", "cache_look", "cache_insert",
                   "cache_evict") as recording:
        with Client() as client:
            get(client, "/b")
            size = khttpd.status()["cache_bytes"]
            get(client, "/b")
            get(client, "/none")
            assert recording.wait("file_open", error=str(-errno.ENOENT))
        opened, missing = recording.events("file_open")[0], recording.events("file_open")[-1]
        assert opened.fields["name"].endswith("b") and missing.fields["name"].endswith("none")
        assert opened.number("size") == 13 and missing.number("size") == 0
        assert (opened.number("error"), missing.number("error")) == (0, -errno.ENOENT)
        lookups = recording.events("lookup")
        assert len(lookups) == 2
        assert 0 < opened.number("duration_ns") <= lookups[0].number("duration_ns") < 5_000_000_000
        looks = [event.fields["hit"] for event in recording.events("cache_look")
                 if event.fields["path"].endswith("b")]
        assert looks[0] == "0" and looks[-1] == "1" and "1" not in looks[:-1]
        (insert,) = recording.events("cache_insert")
        assert insert.fields["path"].endswith("b") and insert.number("entries") == 1
        assert insert.number("bytes") == size
        assert not recording.events("cache_evict")
        SITE.write("b", b"other content of b\n")
        SITE.settle()
        with Client() as client:
            assert get(client, "/b").body == b"other content of b\n"
        evicted = recording.wait("cache_evict", reason="stale")
        assert evicted.fields["path"].endswith("b") and evicted.number("bytes") == size

        def shrunk():
            system.write("/proc/sys/vm/drop_caches", "2")
            return not khttpd.status()["cache_entries"]
        assert khttpd.wait_for(shrunk, 20)
        assert recording.wait("cache_evict", reason="memory")
        with Client() as client:
            get(client, "/a")
        assert khttpd.apply(keepalive_timeout=20) == 0
        assert recording.wait("cache_evict", reason="cleared")


@pytest.mark.params(docroot=SITE.path, cache_size=64, cache_max_file=64)
@pytest.mark.changes
def test_the_cache_is_full(loaded):
    for number in range(8):
        SITE.write(f"room{number}", content(20000, number))
    SITE.settle()
    with Recording("cache_insert", "cache_evict") as recording, Client() as client:
        for number in range(8):
            get(client, f"/room{number}")
        assert recording.wait("cache_evict", reason="room")
        inserted, evicted = (len(recording.events(name)) for name in ("cache_insert",
                                                                      "cache_evict"))
        # What has left the table is counted until it is freed, so not every file may find room.
        assert 2 <= inserted <= 8 and inserted - evicted == khttpd.status()["cache_entries"]


@pytest.mark.params(max_header_size=1024, max_target_size=256, max_body_size=100,
                    max_connections_per_address=3)
@pytest.mark.changes
def test_limits(loaded):
    start = b"POST / HTTP/1.1\r\nHost: t\r\n"
    with Recording("limit") as recording:
        for data, limit in ((b"GET /" + b"x" * 300, "target"),
                            (b"GET / HTTP/1.1\r\nX: " + b"y" * 2000, "head"),
                            (start + b"Content-Length: 101\r\n\r\n", "body"),
                            (start + b"Transfer-Encoding: chunked\r\n\r\n65\r\n", "body")):
            before = len(recording.events())
            with Client() as client:
                client.send(data)
                assert client.reply().status in (413, 414, 431)
            assert khttpd.wait_for(lambda: len(recording.events()) > before)
            (told,) = recording.events()[before:]
            assert told.fields["limit"] == limit
            assert khttpd.wait_idle()
        with Client() as one, Client() as two, Client() as three:
            for client in (one, two, three):
                client.get()
            assert refused()
            assert recording.wait("limit", limit="address")
            assert khttpd.apply(max_connections=2) == 0
            assert refused()
            assert recording.wait("limit", limit="connections")
        assert khttpd.commit(f"port = {khttpd.PORT}\nrate = 1/m 1\n") == (0, "")
        with Client() as client:
            assert [client.get().status for _ in range(2)] == [200, 429]
        assert recording.wait("limit", limit="rate")
        assert len([event for event in recording.events() if event.fields["limit"] == "rate"]) == 1


@pytest.mark.params(inline=1)
def test_limit_of_a_run(loaded):
    """What comes in one packet and is too much for one run is left to the work item."""
    with Recording("limit", "run") as recording, Client() as client:
        client.get()
        count = 40
        client.send(request_to("/", "X: " + "y" * 2000) * count)
        for _ in range(count):
            assert client.reply().status == 200
        told = recording.wait("limit", limit="run")
        assert told

        def requests():
            return sum(event.number("requests") for event in recording.events("run"))
        assert khttpd.wait_for(lambda: requests() >= count + 1) and requests() == count + 1
        runs = recording.events("run")
        assert told.fields["conn"] in {event.fields["conn"] for event in runs}
        assert {"0", "1"} == {event.fields["softirq"] for event in runs}
        assert all(0 < event.number("duration_ns") < 5_000_000_000 for event in runs)
        assert 30000 < max(event.number("work") for event in runs) <= 32768


@pytest.mark.long("debug")
@pytest.mark.params(docroot=SITE.path, inline=1)
def test_blocked(loaded):
    with Recording("blocked", "unblocked", "close") as recording:
        with Client(receive_buffer=4096, timeout=30) as client:
            client.send(request_to("/large"))
            told = recording.wait("blocked")
            assert told.number("memory") == 0
            assert 0 < told.number("attached") < LARGE
            assert len(client.reply().body) == LARGE
        assert recording.wait("close")
        blocked, unblocked = (len(recording.events(name)) for name in ("blocked", "unblocked"))
        assert blocked == unblocked >= 1


@on_files
def test_states(both_ways):
    with Recording("state", "close", "accept") as recording:
        with Client() as client:
            get(client, "/a", "Connection: close")
            assert client.closed()
        assert recording.wait("close")
        events = recording.events()
    assert [event.name for event in events] == ["accept", "state", "state", "close"]
    assert [event.fields.get("state") for event in events[1:3]] == ["closing", "done"]
    assert {event.fields["conn"] for event in events} == {events[0].fields["conn"]}
    assert {event.fields["reason"] for event in events[1:3]} == {"1"}


@pytest.mark.params(docroot=SITE.path, header_timeout=20)
@pytest.mark.changes
def test_errors(loaded):
    with Recording("error") as recording:
        for data, where in ((b"GET  / HTTP/1.1\r\n\r\n", "head"),
                            (request_to("/", "Transfer-Encoding: chunked", method="POST")
                             + b"zz\r\n", "body")):
            with Client() as client:
                client.send(data)
                assert client.reply().status == 400
            assert recording.wait("error", where=where, error="400")
        client = Client()
        client.get()
        client.reset()
        assert recording.wait("error", where="reset", error=str(-errno.ECONNRESET))
        SITE.write("cut", content(LARGE))
        with Client(receive_buffer=4096, timeout=30) as client:
            client.send(request_to("/cut"))
            assert client.sock.recv(1000)
            os.truncate(SITE.path + "/cut", 1000)
            try:
                while client.sock.recv(1 << 20):
                    pass
            except ConnectionResetError:
                pass
        assert recording.wait("error", where="file", error="0")
        assert len(recording.events()) == 4
        assert khttpd.commit(f"port = {khttpd.PORT}\nproxy_protocol = 127.0.0.1\n") == (0, "")
        assert refused()
        assert recording.wait("error", where="proxy")


def test_held(both_ways):
    with Recording("held") as recording:
        with Client() as client:
            client.send(b"GET / HTTP/1.1\r\nHost: t\r\n")
            taken = recording.wait("held", kind="heads")
            assert taken.number("bytes") == taken.number("held") == 256
            assert khttpd.status()["held_heads_bytes"] == 256
            client.send(b"\r\n")
            client.reply()
        given = recording.wait("held", kind="heads", bytes="-256")
        assert given.number("held") == 0


@pytest.mark.changes
def test_changes_and_draining(loaded):
    inode = os.stat("/proc/self/ns/net").st_ino
    with Recording("config", "drain") as recording, Client() as client:
        client.get()
        assert khttpd.apply(drain=1) == 0
        assert khttpd.apply(keepalive_timeout=20) == 0
        assert khttpd.apply(drain=0) == 0
        error, _ = khttpd.commit("port = 99999\n")
        assert error and recording.wait("config", error=str(-error))
        changes = [event.fields for event in recording.events("config")]
        assert [change["error"] for change in changes] == ["0", "0", "0", str(-error)]
        assert {change["action"] for change in changes} == {"change"}
        drains = [event.fields for event in recording.events("drain")]
        assert [drain["on"] for drain in drains] == ["1", "0"]
        assert {drain["connections"] for drain in drains} == {"1"}
        assert {event.number("netns") for event in recording.events()} == {inode}


@pytest.mark.params(namespaces=1)
@pytest.mark.changes
def test_a_server_begins_and_ends(loaded):
    with Recording("config") as recording:
        with namespaces(1) as (other,):
            inode = other.ask("os.stat('/proc/self/ns/net').st_ino")
            assert other.commit("port = 8099\n") == (0, "")
            assert recording.wait("config", action="start", error="0", netns=str(inode))
        assert recording.wait("config", action="stop", netns=str(inode))
        assert len(recording.events()) == 2


def test_nobody_looks(loaded):
    """Events that are off tell nothing, whichever others are on."""
    with Recording("close") as recording:
        with Client() as client:
            client.get()
        assert recording.wait("close")
        time.sleep(0.1)
        assert {event.name for event in recording.events()} == {"close"}
