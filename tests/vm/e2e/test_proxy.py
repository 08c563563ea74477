# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Whose a connection or a request is, as a proxy tells it, and who may tell."""

import errno
import socket
import struct

import pytest

import khttpd
from access_log import read_text
from http_client import GET, PAGE, Client, request_to
from told import apply, hosts
from tracing import Recording

pytestmark = pytest.mark.changes

PROXY = "127.0.0.2"
OTHER = "127.0.0.3"
TOLD = "198.51.100.9"
LINE = f"PROXY TCP4 {TOLD} 10.0.0.1 4660 80\r\n".encode()
UNKNOWN = b"PROXY UNKNOWN\r\n"
LOCAL = 0x20


def binary(source=TOLD, more=b"", command=0x21):
    """A header of version 2, with additions behind the addresses."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    address = socket.inet_pton(family, source)
    rest = address + bytes(len(address)) + struct.pack("!HH", 4660, 80) + more
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(
        "!BBH", command, 0x21 if family == socket.AF_INET6 else 0x11, len(rest)) + rest


def tlv(kind, value):
    return struct.pack("!BH", kind, len(value)) + value


@pytest.fixture
def proxied(both_ways):
    apply(f"proxy_protocol = {PROXY}")


def proxy(*pieces):
    """A connection from the proxy on which the pieces were sent, each in a segment."""
    client = Client(source=PROXY)
    for piece in pieces:
        client.send(piece)
    return client


def is_reset(*pieces):
    """That they are answered by the end of the connection alone, at once."""
    try:
        with proxy(*pieces) as client:
            assert client.sock.recv(1) == b"", "a reply"
            return False
    except (ConnectionResetError, BrokenPipeError):
        return True


def counted(name, before, by=1):
    return khttpd.wait_for(lambda: khttpd.status()[name] - before[name] == by)


SSL = tlv(0x20, b"\x01\0\0\0\0" + tlv(0x21, b"TLSv1.3"))


def test_client_of_all_requests(proxied):
    for header, host in (
            (LINE, TOLD),
            (b"PROXY TCP6 2001:db8::9 ::1 1 2\r\n", "2001:db8::9"),
            (b"PROXY TCP6 ::ffff:198.51.100.9 ::1 1 2\r\n", TOLD),
            (binary(), TOLD),
            (binary("2001:db8::9"), "2001:db8::9"),
            (binary(more=SSL + tlv(4, bytes(3000))), TOLD),
            (UNKNOWN, PROXY),
            (b"PROXY UNKNOWN what ever\r\n", PROXY),
            (binary(command=LOCAL), PROXY),
            (binary(more=SSL, command=LOCAL), PROXY)):
        with proxy(header + GET + GET) as client:
            assert [client.reply().body for _ in range(2)] == [PAGE] * 2
            assert client.get(request_to("/none")).status == 404
        assert hosts() == [host] * 3, header


def test_https(proxied):
    """A client with TLS is not sent to where it is, as the proxy says of the connection."""
    site = khttpd.in_force() + "[site test]\nredirect = /* https://test/* 301\n"
    assert khttpd.commit(site) == (0, "")
    for more, status in ((SSL, 200), (tlv(1, b"h2") + SSL, 200), (tlv(4, SSL), 301), (b"", 301),
                         (tlv(0x20, bytes(5)), 301)):
        with proxy(binary(more=more)) as client:
            assert [client.get().status for _ in range(2)] == [status] * 2, more
    for header in (LINE, UNKNOWN, binary(more=SSL, command=LOCAL)):
        with proxy(header) as client:
            assert client.get().status == 301, header


def test_broken_additions(proxied):
    for more in (SSL[:-1], SSL + b"\4", tlv(0x20, bytes(4)), b"\4\x10\0" + bytes(3000)):
        before = khttpd.status()
        assert is_reset(binary(more=more) + GET), more
        assert counted("proxy_errors", before)
    assert hosts() == []


def test_in_pieces(proxied):
    for header in (LINE, binary(more=SSL), UNKNOWN):
        data = header + GET
        for cut in range(1, len(data)):
            with proxy(data[:cut], data[cut:]) as client:
                assert client.reply().body == PAGE, cut
        with proxy(*(bytes([byte]) for byte in data)) as client:
            assert client.reply().body == PAGE
        assert hosts() == [PROXY if header == UNKNOWN else TOLD] * len(data)


def test_no_header(proxied):
    for data in (GET, b"\0", LINE[1:] + GET, LINE[:-2] + b"\n" + GET,
                 binary()[:12] + b"\x31" + bytes(40), binary(more=bytes(5000)) + GET,
                 b"PROXY UNKNOWN " + bytes(200)):
        before = khttpd.status()
        assert is_reset(data)
        assert is_reset(data[:1], data[1:] or b"x")
        assert counted("proxy_errors", before, 2)
        assert hosts() == []
        assert khttpd.status()["requests"] == before["requests"]


def test_from_others(loaded):
    apply(f"proxy_protocol = {PROXY}")
    for header in (LINE, UNKNOWN, binary(), binary(command=LOCAL)):
        for source, before in ((OTHER, b""), (PROXY, LINE)):
            with Client(source=source) as client:
                client.send(before + header + GET)
                reply = client.reply()
                assert (reply.status, reply.closes) == (400, True)
        assert hosts() == [OTHER, TOLD]
    with Client(source=OTHER) as client:
        assert client.get().body == PAGE


def test_allow_and_rate(loaded):
    apply(f"proxy_protocol = {PROXY}", "allow = 198.51.100.0/24", "deny = all", "rate = 1/m 2")
    for told, statuses in ((TOLD, [200, 200, 429]), ("198.51.100.10", [200, 200, 429]),
                           ("192.0.2.1", [403])):
        for status in statuses:
            with proxy(binary(told)) as client:
                assert client.get().status == status
    with proxy(UNKNOWN) as client:
        assert client.get().status == 403


def test_connections_of_an_address(loaded):
    """They count for the client; for the proxy until it has told, or where it does not."""
    apply(f"proxy_protocol = {PROXY}", max_connections_per_address=3)
    before = khttpd.status()
    clients = [proxy(binary(f"198.51.100.{number // 3}")) for number in range(9)]
    clients += [proxy(UNKNOWN) for _ in range(3)]
    for client in clients:
        assert client.get().status == 200
    clients.pop().close()
    assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 11)
    for number in range(3):
        assert is_reset(binary(f"198.51.100.{number}") + GET)
    assert counted("connections_refused", before, 3)
    waiting = Client(source=PROXY)
    assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 12)
    assert is_reset()
    waiting.close()
    clients.pop(0).close()
    assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 10)
    with proxy(binary("198.51.100.0")) as client:
        assert client.get().status == 200
    for client in clients:
        client.close()


def test_connections_of_a_proxy_that_names_itself(loaded):
    """One that becomes the client's is not the proxy's as well meanwhile."""
    apply(f"proxy_protocol = {PROXY}", max_connections_per_address=2)
    before = khttpd.status()
    for _ in range(3):
        with proxy(binary(PROXY)) as one, proxy(binary(PROXY)) as two:
            for client in (one, two):
                assert client.get().status == 200
            assert is_reset()
        assert khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 0)
    assert counted("connections_refused", before, 3)


@pytest.mark.params(header_timeout=1)
def test_too_late(proxied):
    before = khttpd.status()
    silent = [proxy(sent) for sent in (b"", LINE[:20], LINE, binary(more=bytes(500))[:100])]
    with proxy(LINE + GET[:9]) as client:
        assert client.reply().status == 408
    for client in silent:
        assert client.sock.recv(1) == b""
        client.close()
    assert counted("timeouts_header", before, 5)
    assert hosts() == [TOLD]


def test_a_change(loaded):
    """Who was told stays told, and who is to tell still is."""
    apply(f"proxy_protocol = {PROXY}")
    with proxy(LINE) as told, proxy(LINE[:9]) as waiting:
        assert told.get().status == 200
        assert khttpd.commit("access_log = 1\n") == (0, "")
        read_text()
        assert told.get().status == 200
        waiting.send(LINE[9:])
        assert waiting.get().status == 200
        assert hosts() == [TOLD] * 2
        with proxy() as client:
            assert client.get().status == 200
        assert hosts() == [PROXY]


def test_unload(proxied):
    with proxy(), proxy(LINE[:9]) as half, proxy(LINE) as told:
        assert told.get().status == 200
        assert khttpd.unload() == 0
        assert half.sock.recv(1) == b""


def test_tracepoint(loaded):
    apply(f"proxy_protocol = {PROXY}")
    with Recording("accept", "client", "request", "response", "close") as recording:
        for header in (LINE, UNKNOWN):
            with proxy(header) as client:
                client.get()
            assert khttpd.wait_idle()
        events = recording.events()
    assert [event.name for event in events] == ["accept", "client", "request", "response", "close",
                                                "accept", "request", "response", "close"]
    assert events[0].fields["address"] == f"::ffff:{PROXY}"
    assert events[1].fields["address"] == f"::ffff:{TOLD}"
    assert events[1].number("port") == 4660


def test_forwarded(loaded):
    apply(f"forwarded = {PROXY} 192.0.2.0/24", "deny = 198.51.100.66", "[location /r/]",
          "rate = 1/m 1")
    with Client(source=PROXY) as client, Client(source=OTHER) as other:
        for value, host in ((TOLD, TOLD), ("1.1.1.1, " + TOLD, TOLD), ("unknown", PROXY),
                            (f'"1.1.1.1, {TOLD}, 192.0.2.7', TOLD), ("2001:db8::9", "2001:db8::9")):
            asked = request_to("/", f"X-Forwarded-For: {value}")
            assert client.get(asked).status == 200
            assert other.get(asked).status == 200
            assert hosts() == [host, OTHER]
        for address, statuses in ((TOLD, [404, 429]), ("1.1.1.1", [404, 429]),
                                  ("198.51.100.66", [403])):
            for status in statuses:
                assert client.get(request_to("/r/", f"X-Forwarded-For: {address}")).status == status
    apply(f"forwarded = forwarded {PROXY}")
    with Client(source=PROXY) as client:
        client.get(request_to("/", f'Forwarded: for="{TOLD}:1";by=_x', "X-Forwarded-For: 1.1.1.1"))
    assert hosts() == [TOLD]


def test_forwarded_behind_the_protocol(loaded):
    apply(f"proxy_protocol = {PROXY}", f"forwarded = {TOLD}")
    for header, host in ((LINE, "1.1.1.1"), (UNKNOWN, PROXY), (binary("192.0.2.1"), "192.0.2.1")):
        with proxy(header) as client:
            client.get(request_to("/", "X-Forwarded-For: 1.1.1.1"))
        assert hosts() == [host]


def test_refused(loaded):
    for line in ("proxy_protocol = 10.0.0.1/8", "proxy_protocol = localhost"):
        assert khttpd.commit(line + "\n")[0] == errno.EINVAL
    assert khttpd.commit("[site x]\nproxy_protocol = all\n")[0] == errno.EINVAL
    assert "proxy_protocol" not in khttpd.in_force()
