# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A client that hides nothing: bytes out, replies in, checked for form while they are read."""

import email.utils
import re
import socket
import struct
import threading
import time

import khttpd

PAGE = b"Hello World!\n"
GET = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"

STATUS_LINE = re.compile(rb"^HTTP/1\.1 ([1-5][0-9][0-9]) ([\x21-\x7e][\x20-\x7e]*)$")
FIELD = re.compile(rb"^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\t]*?)[ \t]*$")


class Reply:
    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    def field(self, name):
        values = [value for key, value in self.fields if key == name.lower()]
        return values[0] if values else None

    @property
    def closes(self):
        return (self.field("connection") or "").lower() == "close"

    def __repr__(self):
        return f"<{self.status} {self.body[:40]!r}>"


class Client:
    asked = None  # when the first request without a reply began to be sent

    def __init__(self, address="127.0.0.1", port=khttpd.PORT, timeout=10.0, source=None,
                 receive_buffer=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(khttpd.scaled(timeout))
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.sock.bind((source, 0))
        # With the zone that a link-local address has behind %.
        self.sock.connect(socket.getaddrinfo(address, port, family, socket.SOCK_STREAM,
                                             flags=socket.AI_NUMERICHOST)[0][4])
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def reset(self):
        """Closes with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def send(self, data):
        self._ask()
        self.sock.sendall(data)

    def send_aside(self, data):
        """Sends from a thread, for more than the buffers hold; the thread is returned."""
        self._ask()
        def work():
            try:
                self.sock.sendall(data)
            except OSError:
                pass
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def _ask(self):
        if self.asked is None:
            self.asked = time.time()

    def _more(self):
        data = self.sock.recv(65536)
        self.buffer += data
        return bool(data)

    def reply(self, head=False, pause=0):
        """The next reply; a reply to HEAD has no body. Pauses when the head is there (seconds)."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                raise EOFError(f"closed within a reply: {self.buffer!r}")
        text, _, rest = self.buffer.partition(b"\r\n\r\n")
        lines = text.split(b"\r\n")
        match = STATUS_LINE.match(lines[0])
        assert match, lines[0]
        fields = []
        for line in lines[1:]:
            parts = FIELD.match(line)
            assert parts, line
            fields.append((parts[1].decode().lower(), parts[2].decode()))
        reply = Reply(int(match[1]), fields, b"")
        self._check(reply)
        time.sleep(pause)
        length = int(reply.field("content-length") or 0)
        if head or reply.status in (204, 304) or reply.status < 200:
            length = 0
        while len(rest) < length:
            self.buffer = b""
            if not self._more():
                raise EOFError("closed within a body")
            rest += self.buffer
        reply.body, self.buffer = rest[:length], rest[length:]
        if not self.buffer:
            self.asked = None
        return reply

    def _check(self, reply):
        names = [name for name, _ in reply.fields]
        if reply.status < 200:
            return
        # RFC 9110 section 6.6.1: an origin server with a clock sends Date, in IMF-fixdate.
        assert names.count("date") == 1, reply.fields
        # The reply may have been under way for long.
        date = email.utils.parsedate_to_datetime(reply.field("date")).timestamp()
        now = time.time()
        began = min(self.asked or now, now)
        assert began - khttpd.scaled(5) < date < now + khttpd.scaled(5), reply.field("date")
        assert names.count("server") == 1
        # RFC 9110 section 8.6: no Content-Length in 204.
        assert names.count("content-length") == (0 if reply.status in (204, 304) else 1) \
            or reply.status == 304

    def rest(self):
        """Everything up to the peer's close."""
        while self._more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def closed(self):
        """True when the peer closes in order, without another byte."""
        return self.rest() == b""

    def silent(self, seconds=0.3):
        """True when nothing arrives for a while and the connection stays open."""
        old = self.sock.gettimeout()
        self.sock.settimeout(seconds)
        try:
            return not self._more() and False
        except (socket.timeout, TimeoutError):
            return True
        finally:
            self.sock.settimeout(old)

    def get(self, data=GET, head=False):
        self.send(data)
        return self.reply(head)


def request(data, **options):
    """One request on a connection of its own."""
    with Client(**options) as client:
        return client.get(data)


def leave_early(data, received, abruptly):
    """Sends a request and goes, in order or not, after the first bytes of its reply."""
    client = Client(receive_buffer=4096)
    client.send(data)
    client.sock.recv(received)
    if abruptly:
        client.reset()
    else:
        client.close()


def request_to(target, *fields, method="GET", version="1.1"):
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/{version}", "Host: t", *fields, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def get(client, target, *fields, method="GET"):
    """The reply to a request on the client's connection."""
    return client.get(request_to(target, *fields, method=method), head=method == "HEAD")


def becomes(path, *expected, within=2):
    """Whether the reply has this status, and these bytes if given, within the second that a change
    may take to be seen, and on a slow machine a while more."""
    def seen():
        with Client(timeout=60) as client:
            reply = get(client, path)
            return (reply.status, reply.body)[:len(expected)] == expected
    return khttpd.wait_for(seen, within)
