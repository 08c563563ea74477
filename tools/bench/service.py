# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A server of plan.py that runs, and whether it answers as it should."""
import socket
import subprocess
import time
import typing
from pathlib import Path

import places
import plan
from machine import run

HERE = Path(__file__).resolve().parent


# Of raw/raw.c: the longest reply_text.
TEXT = 4096
# Content is kept up to here.
KEPT = 1 << 20


class Reply(typing.NamedTuple):
    head: bytes
    body: bytes    # the first bytes of it
    size: int


def receive_head(sock):
    """(the head, its Content-Length, the bytes that came with it)."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            raise OSError(f"connection closed after {data[:80]!r}")
        data += part
    head, rest = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return head + b"\r\n\r\n", length, rest


def receive_piece(sock, size, data):
    """These bytes and more, up to a size."""
    data = bytearray(data)
    while len(data) < size:
        part = sock.recv(size - len(data))
        if not part:
            raise OSError("connection closed within the content")
        data += part
    return data


def probe(server, workload):
    """Asks once as the workload does and checks the reply."""
    request = plan.request_of(server, workload, plan.fields_of(server, workload))
    kept, size = b"", 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(request)
        head, length, rest = receive_head(sock)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise OSError(f"answered {head[:40]!r}")
        for expected in plan.expected_body(workload):
            piece = receive_piece(sock, len(expected), rest[:len(expected)])
            rest = rest[len(expected):]
            if piece != expected:
                raise OSError(f"sent other content than expected (byte {size} or later)")
            kept = kept or bytes(piece[:KEPT])
            size += len(piece)
    if size != length or rest:
        raise OSError(f"sent {length} bytes of content, not {size}")
    return Reply(head, kept, size)


class Service:
    """A server that runs while the object is used as a context."""

    def __init__(self, server, options, extra=()):
        self.server, self.options, self.extra = server, options, tuple(extra)
        self.process = None

    def fill(self):
        workers = self.options.workers
        text = (HERE / "peers" / self.server.config).read_text()
        for name, value in (("WORKERS", workers), ("ROOT", self.options.docroot),
                            ("EXTRA_WORKERS", 0 if workers == 1 else workers),
                            ("AIO", "threads" if self.server.threads else "off"),
                            ("RUN", self.options.run)):
            text = text.replace(f"@{name}@", str(value))
        config = self.options.run / self.server.config
        config.write_text(text)
        return config

    def __enter__(self):
        server = self.server
        if server.module:
            run("insmod", str(self.options.modules / f"{server.module}.ko"), *server.params,
                *self.extra)
            if server.places:
                places.add()
            return self
        command = [part.format(config=self.fill()) for part in server.command]
        log = open(self.options.out / "raw" / f"server-{server.name}.log", "ab")
        # In a group of its own: lighttpd ends its workers by a signal to all of its group.
        self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/",
                                        start_new_session=True)
        self.wait()
        return self

    def wait(self):
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.server.port), timeout=5).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        self.__exit__()
        raise OSError("does not start; see its log in raw/")

    def __exit__(self, *_):
        if self.server.module:
            run("rmmod", self.server.module)
        elif self.process:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def floor_as(reply, server, workload):
    """Makes the raw responder send what khttpd sends for this workload."""
    where = Path("/sys/module/khbench_raw/parameters")
    size = len(plan.request_of(server, workload, plan.fields_of(server, workload)))
    (where / "request_size").write_text(str(size))
    (where / "close").write_text("Y" if workload.close else "N")
    text = reply.head + reply.body if reply else b""
    # What does not fit comes from pages.
    pages = len(text) > TEXT
    (where / "content").write_text(str(reply.size if pages else 0))
    if reply:
        (where / "reply").write_bytes(reply.head if pages else text)
