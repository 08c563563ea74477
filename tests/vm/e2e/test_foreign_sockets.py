# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Sockets that somebody else has a hand in: BPF programs, and other servers on the same port."""

import concurrent.futures
import os
import socket
import time

import pytest

import bpf
import khttpd
import system
from http_client import Client, GET, PAGE

MIGRATE = "/proc/sys/net/ipv4/tcp_migrate_req"
WAITING = 32


def ends_without_a_reply():
    try:
        with Client() as client:
            client.send(GET)
            return client.rest() == b""
    except ConnectionError:
        return True


@pytest.mark.stock
def test_socket_of_a_bpf_map(both_ways):
    """Its close() looks for what is in the user data: taken over, it would find ours or nothing."""
    before = khttpd.status()
    with bpf.sockets_in_a_map(khttpd.PORT):
        assert all(ends_without_a_reply() for _ in range(20))
    with Client() as client:
        assert client.get().body == PAGE
    assert khttpd.wait_idle()
    after = khttpd.status()
    assert after["connections_not_plain"] == before["connections_not_plain"] + 20
    assert after["connections_accepted"] == before["connections_accepted"] + 1
    assert after["connections_refused"] == before["connections_refused"]


@pytest.mark.stock
def test_bpf_map_comes_while_connected(both_ways):
    """A connection that is served stays so; what comes later goes by what it is then."""
    with Client() as client:
        assert client.get().body == PAGE
        with bpf.sockets_in_a_map(khttpd.PORT):
            assert client.get().body == PAGE
            assert ends_without_a_reply()
        assert client.get().body == PAGE


def migrated():
    """How many connections went from one listener to another since the machine started."""
    with open("/proc/net/netstat", encoding="ascii") as file:
        names, values = [line.split() for line in file if line.startswith("TcpExt:")]
    return int(dict(zip(names, values))["TCPMigrateReqSuccess"])


def connect_and_wait(ready):
    """Connects, and keeps the processor from accepting until the listeners are gone."""
    before = migrated()
    clients = [Client(timeout=30) for _ in range(WAITING)]
    ready()
    end = time.monotonic() + khttpd.scaled(10)
    while migrated() == before and time.monotonic() < end:
        pass
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    # The other server waits for the request by then, so that TCP has to wake it.
    for client in clients:
        time.sleep(0.02)
        assert client.get().body == PAGE


def answer(connection):
    connection.settimeout(khttpd.scaled(20))
    assert connection.recv(1000) == GET
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
    connection.sendall(b"HTTP/1.1 200 OK\r\nServer: other\r\nDate: %s\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (date.encode(), len(PAGE), PAGE))
    connection.close()


def serve(listener):
    """At the same time, as they are accepted in another order than they ask in."""
    connections = [listener.accept()[0] for _ in range(WAITING)]
    with concurrent.futures.ThreadPoolExecutor(WAITING) as pool:
        list(pool.map(answer, connections))


# The debug kernel takes so long to unload that it reports the processor that is kept busy.
@pytest.mark.stock
@pytest.mark.skipif(not os.path.exists(MIGRATE), reason="this kernel hands on no connections")
def test_waiting_connections_go_to_another_server(unloaded):
    """With tcp_migrate_req what was not accepted at unload is another's, without a trace of us."""
    with system.setting(MIGRATE, "1"), \
            system.setting("/proc/sys/kernel/sched_rt_runtime_us", "-1"), \
            socket.socket() as listener:
        assert khttpd.load() == 0
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(("0.0.0.0", khttpd.PORT))
        listener.listen(WAITING)
        listener.settimeout(khttpd.scaled(20))
        before = migrated()
        with system.processor_taken_by(connect_and_wait):
            assert khttpd.unload() == 0
            assert migrated() > before
            serve(listener)
