# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A network that loses packets, a device that cannot gather, namespaces that come and go."""

import concurrent.futures
import threading
import time

import pytest

import khttpd
import network
from folder import Folder, content
from http_client import GET, PAGE, Client, request, request_to

ROOT = "/tmp/network-site"
CLOSE = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


@pytest.fixture(scope="module", autouse=True)
def site():
    with Folder(ROOT) as folder:
        for size in (100, 65536, 3 << 20):
            folder.write(f"{size}.bin", content(size))
        yield


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(linger_timeout=1)
def test_lost_end_is_sent_again_after_close(both_ways):
    """The reply and the FIN are lost until the linger time is over."""
    with network.Machine() as machine, machine.client(timeout=60) as client:
        machine.lose(100)
        client.send(CLOSE)
        time.sleep(3)
        # Until they are acknowledged the connection counts.
        assert khttpd.status()["connections_active"] == 1
        machine.lose(0)
        assert client.reply().body == PAGE
        assert client.closed()
    assert khttpd.wait_idle()


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(linger_timeout=1, docroot=ROOT)
def test_lost_end_of_a_file_is_sent_again(both_ways):
    with network.Machine() as machine, machine.client(timeout=60) as client:
        machine.lose(100)
        client.send(b"GET /65536.bin HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
        time.sleep(2)
        machine.lose(0)
        assert client.reply().body == content(65536)
        assert client.closed()
    assert khttpd.wait_idle()


@pytest.mark.long("debug")
@pytest.mark.long("worker")
@pytest.mark.params(docroot=ROOT)
def test_outage_is_no_slow_reader(both_ways):
    """Nothing comes through for longer than between two looks at the rate of sending."""
    with network.Machine() as machine, machine.client(timeout=60) as client:
        machine.lose(100)
        client.send(b"GET /3145728.bin HTTP/1.1\r\nHost: t\r\n\r\n")
        time.sleep(6)
        machine.lose(0)
        assert client.reply().body == content(3 << 20)
    assert khttpd.wait_idle()


# Of packets, by tc-netem(8): so many are lost, come early or twice, or have a bit turned over.
BAD_NETWORKS = {
    "all of it": ("delay", "4ms", "3ms", "reorder", "20%", "loss", "4%", "duplicate", "5%",
                  "corrupt", "4%"),
    "loss": ("loss", "10%"),
    "order": ("delay", "5ms", "reorder", "40%", "50%"),
    "twice": ("duplicate", "30%"),
    "corrupt": ("corrupt", "10%"),
    "late": ("delay", "40ms", "30ms"),
}
BODY = b"POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n" \
       + b"a\r\n0123456789\r\n" * 2000 + b"0\r\n\r\n"


def use_all_of_it(client, sizes):
    """Files alone and several at once, a part, a body, and a close with the last reply."""
    def get(size, *fields):
        return request_to(f"/{size}.bin", *fields)
    for size in sizes:
        assert client.get(get(size)).body == content(size), size
    client.send(b"".join(map(get, sizes)) * 2)
    for size in sizes * 2:
        assert client.reply().body == content(size), size
    assert client.get(get(65536, "Range: bytes=1000-60999")).body == content(65536)[1000:61000]
    assert client.get(BODY).status == 405
    assert client.get(get(65536, "Connection: close")).body == content(65536)
    assert client.closed()


def in_a_bad_network(kind):
    sizes = [100, 65536, 3 << 20] if khttpd.WHOLE else [100, 65536]
    before = khttpd.status()
    with network.Machine() as machine:
        machine.disturb(*BAD_NETWORKS[kind])
        clients = [machine.client(timeout=120) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(len(clients)) as pool:
            list(pool.map(lambda client: use_all_of_it(client, sizes), clients))
        for client in clients:
            client.close()
        assert khttpd.wait_idle(60)
    after = khttpd.status()
    assert after["responses_2xx"] - before["responses_2xx"] == len(clients) * (3 * len(sizes) + 2)
    for name in ("resets", "timeouts_send", "timeouts_header", "timeouts_body"):
        assert after[name] == before[name], name


@pytest.mark.params(docroot=ROOT)
def test_bad_network(both_ways):
    """Every byte arrives, whatever becomes of packets on both ways; nobody is given up."""
    in_a_bad_network("all of it")


@pytest.mark.long()
@pytest.mark.params(docroot=ROOT)
@pytest.mark.parametrize("kind", list(BAD_NETWORKS)[1:])
def test_bad_network_by_kind(both_ways, kind):
    in_a_bad_network(kind)


@pytest.mark.params(docroot=ROOT)
def test_device_that_cannot_gather(both_ways):
    """TCP has to copy what it is given by reference."""
    with network.Machine() as machine:
        assert not network.gathers(wanted=0)
        with machine.client(timeout=60) as client:
            for _ in range(khttpd.fewer(3)):
                for size in (100, 65536, 3 << 20):
                    reply = client.get(b"GET /%d.bin HTTP/1.1\r\nHost: t\r\n\r\n" % size)
                    assert reply.body == content(size), size
    assert khttpd.wait_idle()


@pytest.mark.long()
@pytest.mark.params(keepalive_timeout=4, header_timeout=4, linger_timeout=1, docroot=ROOT,
                    min_send_rate=1000000, send_timeout=10)
def test_client_machine_that_vanishes(both_ways):
    """Nothing more is heard from a machine that was in the middle of everything."""
    machine = network.Machine()
    clients = [machine.client(receive_buffer=4096) for _ in range(20)]
    for number, client in enumerate(clients):
        if number % 4 == 0:
            client.send(GET[:10])
        elif number % 4 == 1:
            assert client.get(b"GET /100.bin HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
        elif number % 4 == 2:
            client.send(b"GET /3145728.bin HTTP/1.1\r\nHost: t\r\n\r\n")
    network.run("ip", "link", "set", network.DEVICE, "down")
    for client in clients:
        client.close()
    machine.remove()
    assert khttpd.wait_idle(60)
    assert request(b"GET /100.bin HTTP/1.1\r\nHost: t\r\n\r\n").body == content(100)


def test_namespaces_come_and_go(unloaded):
    """Beside loads and unloads with open connections; none of them is left."""
    def count():
        # What a CPU keeps for itself counts as used until it is given back.
        with open("/sys/kernel/slab/net_namespace/shrink", "w", encoding="ascii") as file:
            file.write("1")
        with open("/proc/slabinfo", encoding="ascii") as file:
            return [int(line.split()[1]) for line in file if line.startswith("net_namespace")][0]
    stop = threading.Event()
    made = []

    def work():
        while not stop.is_set():
            network.short_lived_namespace()
            made.append(True)
    network.short_lived_namespace()
    time.sleep(1)
    before = count()
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(8 if khttpd.WHOLE else 3):
            assert khttpd.load(inline=number % 2) == 0
            clients = [Client() for _ in range(10)]
            for client in clients:
                assert client.get().status == 200
            reached = len(made) + 2
            assert khttpd.wait_for(lambda: len(made) > reached, 20)
            assert khttpd.unload() == 0
            for client in clients:
                client.close()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    print(f"{len(made)} namespaces made")

    def all_removed():
        # cleanup_net() frees the structures of one run in its next one.
        network.short_lived_namespace()
        time.sleep(0.2)
        return count() <= before + 8
    assert khttpd.wait_for(all_removed, 60), (before, count())


def unload_aside(ended):
    def work():
        assert khttpd.unload() == 0
        ended.append(time.monotonic())
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def refused():
    try:
        Client().close()
        return False
    except ConnectionResetError:
        # The listener went while the handshake was at its end.
        return False
    except ConnectionRefusedError:
        return True


def test_unload_does_not_hold_up_namespaces(unloaded):
    """A namespace is made while unload waits for a reply that is under way."""
    early = 0
    for _ in range(5):
        assert khttpd.load() == 0
        with Client(receive_buffer=4096) as client:
            client.send_aside(GET * 20000)
            assert khttpd.wait_for(lambda: khttpd.status()["blocked_sends"] > 0, 20)
            ended = []
            thread = unload_aside(ended)
            while not refused():
                pass
            network.short_lived_namespace()
            made = time.monotonic()
            thread.join()
        early += ended[0] > made
        if early:
            break
    assert early
