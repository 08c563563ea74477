# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A server of plan.py that runs, and whether it answers as it should."""
import socket
import subprocess
import time
from pathlib import Path

import plan
from machine import run

HERE = Path(__file__).resolve().parent


def receive_reply(sock):
    """One reply that has a Content-Length: (head, content)."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65536)
        if not part:
            raise OSError(f"connection closed after {data[:80]!r}")
        data += part
    head, body = data.split(b"\r\n\r\n", 1)
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = sock.recv(1 << 20)
        if not part:
            raise OSError("connection closed within the content")
        body += part
    return head + b"\r\n\r\n", body


def probe(server, workload):
    """Asks once as the workload does and checks the reply; returns all its bytes."""
    request = plan.request_of(server, workload, plan.fields_of(server, workload))
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as sock:
        sock.sendall(request)
        head, body = receive_reply(sock)
    if not head.startswith(b"HTTP/1.1 200 "):
        raise OSError(f"answered {head[:40]!r}")
    if body != plan.expected_body(workload):
        raise OSError(f"sent other content than expected ({len(body)} bytes)")
    return head + body


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
    if reply:
        (where / "reply").write_bytes(reply)
