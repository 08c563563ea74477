# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""bind = ADDRESS%DEVICE: answered on that device alone, whoever has the port on others."""

import contextlib
import errno
import re
import socket
import subprocess

import pytest

import khttpd
import system
from http_client import GET, PAGE, Client, request
from network import inside, run

pytestmark = pytest.mark.changes

LINK_LOCAL = "fe80::9:1"
MISSING = "there is no network device kh-none"


class Link:
    """A client in a namespace of its own, and the device that it reaches the server by."""

    def __init__(self, name, number):
        self.device, self.space = f"kh-{name}", f"kh-at-{name}"
        self.server, self.client = f"10.9.{number}.1", f"10.9.{number}.2"
        run("ip", "netns", "add", self.space)
        self.connect()

    def connect(self):
        run("ip", "link", "add", self.device, "type", "veth",
            "peer", "name", "eth0", "netns", self.space)
        for at, address, other in (((), self.server, LINK_LOCAL),
                                   (("-n", self.space), self.client, "fe80::9:2")):
            device = "eth0" if at else self.device
            run("ip", *at, "link", "set", device, "addrgenmode", "none")
            run("ip", *at, "addr", "add", address + "/24", "dev", device)
            run("ip", *at, "addr", "add", other + "/64", "dev", device, "nodad")
            run("ip", *at, "link", "set", device, "up")
        run("ip", "-n", self.space, "route", "add", "default", "via", self.server)

    def disconnect(self):
        run("ip", "link", "del", self.device)

    def get(self, address):
        """What is served there, as this client sees it; None where the port is closed."""
        try:
            with inside(self.space), Client(address=address) as client:
                return client.get().body
        except ConnectionRefusedError:
            return None

    def get_by_link(self):
        return self.get(f"{LINK_LOCAL}%eth0")


@contextlib.contextmanager
def links(*names, numbers=(1, 2)):
    with contextlib.ExitStack() as stack:
        made = []
        for name, number in zip(names, numbers):
            stack.callback(run, "ip", "netns", "del", f"kh-at-{name}")
            made.append(Link(name, number))
            stack.callback(subprocess.run, ["ip", "link", "del", f"kh-{name}"], check=False)
        yield made


@pytest.fixture
def both(loaded):
    with links("a", "b") as made:
        yield made


@contextlib.contextmanager
def another_server(device):
    """Takes the port on a device, without sharing it."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        taken.bind(("0.0.0.0", khttpd.PORT))
        taken.listen()
        yield taken


def listeners():
    """The cookies of the sockets that listen on the port, by what they are bound to."""
    text = subprocess.run(["ss", "-Htlne", f"sport = :{khttpd.PORT}"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout
    found = {}
    for line in text.splitlines():
        cookie = re.search(r"\bsk:(\w+)", line)
        found.setdefault(line.split()[3].rpartition(":")[0], set()).add(cookie.group(1))
    return found


def answered_at(address, device=None):
    """What this machine itself is served there, by the route to it or from a device."""
    if not device:
        try:
            return request(GET, address=address).body
        except ConnectionRefusedError:
            return None
    with socket.socket() as sock:
        sock.settimeout(khttpd.scaled(10))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
        sock.connect((address, khttpd.PORT))
        sock.sendall(GET)
        return sock.recv(65536).partition(b"\r\n\r\n")[2]


def test_one_device(both):
    one, other = both
    assert one.get(one.server) == other.get(other.server) == PAGE
    assert khttpd.change(bind=f"*%{one.device}") == (0, "")
    # Whatever address of this machine it is that a request comes to by the device.
    assert one.get(one.server) == one.get(other.server) == one.get_by_link() == PAGE
    assert other.get(one.server) is other.get(other.server) is other.get_by_link() is None
    assert answered_at("127.0.0.1") is answered_at("::1") is answered_at(other.server) is None
    # From this machine a device is reached by its own address.
    assert answered_at(one.server) == answered_at(one.server, one.device) == PAGE
    assert khttpd.change(bind=f"{one.server}%{one.device}, {other.server}%{one.device}") == (0, "")
    assert one.get(one.server) == one.get(other.server) == PAGE
    assert one.get_by_link() is other.get(one.server) is other.get(other.server) is None
    assert khttpd.change(bind="*") == (0, "")
    assert one.get(one.server) == other.get(other.server) == answered_at("::1") == PAGE


def test_another_server_on_another_device(both):
    """The port is free on one device while another program has it on the other."""
    one, other = both
    assert khttpd.change(bind=f"*%{one.device}") == (0, "")
    with another_server(other.device) as taken:
        assert one.get(one.server) == PAGE
        with inside(other.space), socket.create_connection((other.server, khttpd.PORT), 20) as sock:
            accepted, _ = taken.accept()
            accepted.sendall(b"other")
            assert sock.recv(9) == b"other"
            accepted.close()
        for wanted in (f"*%{other.device}", f"*%{one.device}, *%{other.device}", "*"):
            error, mistakes = khttpd.change(bind=wanted)
            assert error == errno.EADDRINUSE and "address in use" in mistakes, wanted
            if "%" in wanted:
                assert f"0.0.0.0%{other.device} port " in mistakes
        assert one.get(one.server) == PAGE
    assert khttpd.change(bind=f"*%{other.device}") == (0, "")
    assert (one.get(one.server), other.get(other.server)) == (None, PAGE)


def test_link_local(both):
    """Both devices have the address; the zone says which of them is meant."""
    one, other = both
    assert khttpd.change(bind=LINK_LOCAL)[0] == errno.EINVAL
    for device, pages in ((one.device, (PAGE, None)), (other.device, (None, PAGE))):
        assert khttpd.change(bind=f"{LINK_LOCAL}%{device}") == (0, "")
        assert (one.get_by_link(), other.get_by_link()) == pages
        assert one.get(one.server) is None
        assert answered_at(f"{LINK_LOCAL}%{device}") == PAGE
    # As everywhere it need not be there yet.
    assert khttpd.change(bind=f"fe80::9:3%{one.device}") == (0, "")
    run("ip", "addr", "add", "fe80::9:3/64", "dev", one.device, "nodad")
    assert one.get("fe80::9:3%eth0") == PAGE


def test_unknown_device(both):
    before = khttpd.in_force()
    assert khttpd.change(bind="*%kh-none") == (
        errno.ENODEV, f"{bind_line(before)}: bind: {MISSING}\n")
    assert khttpd.commit("port = 8081\n\nbind = \"127.0.0.1, ::1%kh-none\"\n")[0] == errno.EINVAL
    assert khttpd.commit("port = 8081\nbind = \"127.0.0.1, ::1%kh-none\"\n") == (
        errno.ENODEV, f"2: bind: {MISSING}\n")
    assert khttpd.in_force() == before
    assert request(GET).body == PAGE


def bind_line(text):
    return 1 + [line.partition(" = ")[0] for line in text.splitlines()].index("bind")


def test_unknown_device_at_load(unloaded, log):
    log().clear()
    assert khttpd.load(bind="127.0.0.1,*%kh-none") == errno.ENODEV
    assert khttpd.own_lines(log) == [f"khttpd: bind: {MISSING}"]
    assert khttpd.load(bind="*%lo") == 0
    assert answered_at("127.0.0.1") == answered_at("::1") == PAGE


def test_listeners_that_stay(both):
    """A change keeps those whose address and device are the same, with who waits at them."""
    one, other = both
    assert khttpd.change(bind=f"127.0.0.1, {one.server}%{one.device}") == (0, "")
    before = listeners()
    here, there = "127.0.0.1", f"{one.server}%{one.device}"
    assert sorted(before) == sorted((here, there))
    assert khttpd.change(bind=f"{one.server}%{one.device}, {one.server}%{other.device}") == (0, "")
    after = listeners()
    assert sorted(after) == sorted((there, f"{one.server}%{other.device}"))
    assert after[there] == before[there]
    assert khttpd.config()["bind"] == f"{one.server}%{one.device}, {one.server}%{other.device}"
    assert khttpd.change(keepalive_timeout=7) == (0, "")
    assert listeners() == after
    assert khttpd.change(bind=one.server) == (0, "")
    assert list(listeners()) == [one.server]
    assert not listeners()[one.server] & after[there]


def test_device_that_comes_back(both):
    """Its listeners stay with the device that is gone, until the configuration is applied again."""
    one, _ = both
    text = f"port = 8081\nbind = *%{one.device}\n"
    assert khttpd.commit(text) == (0, "")
    assert one.get(one.server) == PAGE
    count = khttpd.status()["listeners"]
    one.disconnect()
    assert khttpd.status()["listeners"] == count
    error, mistakes = khttpd.commit(text)
    assert (error, mistakes) == (errno.ENODEV,
                                 f"2: bind: there is no network device {one.device}\n")
    one.connect()
    assert one.get(one.server) is None
    assert khttpd.commit(text) == (0, "")
    assert one.get(one.server) == one.get_by_link() == PAGE
    assert khttpd.status()["listeners"] == count


def test_renamed_device(both):
    one, _ = both
    assert khttpd.change(bind=f"*%{one.device}") == (0, "")
    before = listeners()
    for name, other in ((one.device, "kh-new"), ("kh-new", one.device)):
        run("ip", "link", "set", name, "down")
        run("ip", "link", "set", name, "name", other)
        run("ip", "link", "set", other, "up")
    assert one.get(one.server) == PAGE
    assert listeners() == before


@contextlib.contextmanager
def routing_domain(name, table, device):
    """A VRF of a device. It is up before the device is in it, whose addresses move to its table."""
    run("ip", "link", "add", name, "type", "vrf", "table", table)
    try:
        run("ip", "link", "set", name, "up")
        run("ip", "link", "set", device, "master", name)
        # What IPv6 had as addresses goes with the change of master.
        run("ip", "addr", "replace", LINK_LOCAL + "/64", "dev", device, "nodad")
        yield name
    finally:
        run("ip", "link", "del", name)


@pytest.mark.stock
def test_routing_domains(loaded):
    """Two networks with the same addresses, each with the server or without it."""
    with links("a", "b", numbers=(1, 1)) as (one, other), \
            routing_domain("kh-blue", "901", one.device) as blue, \
            routing_domain("kh-red", "902", other.device) as red:
        # Without a device the port is that of the machine's own domain (tcp_l3mdev_accept).
        assert one.get(one.server) is other.get(other.server) is None
        assert answered_at("127.0.0.1") == PAGE
        for bound, pages in ((f"*%{blue}", (PAGE, None)), (f"{one.server}%{red}", (None, PAGE)),
                             (f"*%{blue}, *%{red}", (PAGE, PAGE)),
                             (f"{one.server}%{other.device}", (None, PAGE)),
                             (f"*, *%{red}", (None, PAGE))):
            assert khttpd.change(bind=bound) == (0, "")
            assert (one.get(one.server), other.get(other.server)) == pages, bound
            assert answered_at("127.0.0.1") == (PAGE if "*, " in bound else None)
            for domain in (blue, red):
                if f"%{domain}" in bound:
                    assert answered_at(one.server, domain) == PAGE, bound
        assert khttpd.change(bind=f"{LINK_LOCAL}%{one.device}") == (0, "")
        assert (one.get_by_link(), other.get_by_link()) == (PAGE, None)
        with system.setting("/proc/sys/net/ipv4/tcp_l3mdev_accept", "1"):
            assert khttpd.change(bind="*") == (0, "")
            assert one.get(one.server) == other.get(other.server) == PAGE
