# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""
Clients that ask for one page until the standard input ends, then tell how it went, as JSON. Every
request that did not get the whole page counts, with the moment that it began. wrk does not count
one that never ends, nor try again where a connection was refused; h2load gives no moments.
"""

import collections
import json
import random
import socket
import sys
import threading
import time

# A request that has no reply by then has failed.
PATIENCE = 15


class Client(threading.Thread):
    """Asks on one connection after another, each for so many requests, and counts."""

    def __init__(self, options, over):
        super().__init__()
        self.options = options
        self.over = over
        self.replies = collections.Counter()
        self.failures = []
        self.connections = self.asked_to_leave = 0
        self.sock = None
        self.left = 0

    def run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                self.ask()
            except (OSError, EOFError, ValueError, LookupError) as error:
                self.failures.append((began, time.monotonic(), repr(error)))
                self.leave()
            time.sleep(self.options["pause"])
        self.leave()

    def leave(self):
        if self.sock:
            self.sock.close()
        self.sock = None

    def connect(self):
        self.sock = socket.create_connection(
            (self.options["address"], self.options["port"]), PATIENCE)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1
        self.left = random.randint(*self.options["requests"])

    def ask(self):
        if not self.sock:
            self.connect()
        self.sock.sendall(b"GET %s HTTP/1.1\r\nHost: www.example.org\r\n\r\n"
                          % self.options["path"].encode())
        status, fields, body = self.reply()
        if status != b"200" or body != self.options["page"].encode():
            raise ValueError(f"{status.decode()} with {len(body)} bytes")
        self.replies[fields[b"x-node"].decode()] += 1
        self.left -= 1
        closes = fields.get(b"connection", b"").lower() == b"close"
        self.asked_to_leave += closes
        if closes or self.left <= 0:
            self.leave()

    def reply(self):
        """Its status, fields and body."""
        head, mark, body = b"", b"", b""
        while not mark:
            head, mark, body = self.more(head).partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        fields = {name.lower(): value.strip()
                  for name, _, value in (line.partition(b":") for line in lines)}
        while len(body) < int(fields[b"content-length"]):
            body = self.more(body)
        return status.split()[1], fields, body

    def more(self, data):
        part = self.sock.recv(65536)
        if not part:
            raise EOFError(f"closed after {len(data)} bytes")
        return data + part


def main():
    options = json.loads(sys.argv[1])
    over = threading.Event()
    clients = [Client(options, over) for _ in range(options["clients"])]
    for client in clients:
        client.start()
    sys.stdin.read()
    over.set()
    for client in clients:
        client.join()
    print(json.dumps({
        "replies": sum((client.replies for client in clients), collections.Counter()),
        "failures": sorted(sum((client.failures for client in clients), [])),
        "connections": sum(client.connections for client in clients),
        "asked_to_leave": sum(client.asked_to_leave for client in clients)}))


if __name__ == "__main__":
    main()
