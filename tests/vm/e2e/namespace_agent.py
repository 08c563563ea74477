# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Does in a network namespace of its own what a test tells it to: a line of Python, a line back."""

import ctypes
import os
import socket
import subprocess
import sys
import threading

import khttpd
import http_client
from http_client import request_to

CLONE_NEWNET = 0x40000000
HELD = []
TAKEN = []


class Lease:
    """The file that the server began with, by one descriptor or several."""

    def __init__(self):
        self.fds = []

    def open(self):
        self.fds.append(os.open("/proc/thread-self/net/khttpd/server", os.O_RDWR | os.O_CLOEXEC))

    def duplicate(self):
        self.fds.append(os.dup(self.fds[-1]))
        return True

    def close(self):
        os.close(self.fds.pop())
        return True


lease = Lease()


def commit(text):
    """Writes through the file that is the lease, or becomes it."""
    begun = bool(lease.fds)
    if not begun:
        lease.open()
    try:
        os.write(lease.fds[-1], (text + "commit\n").encode())
        return 0, ""
    except OSError as error:
        mistakes = b""
        while part := os.read(lease.fds[-1], 4096):
            mistakes += part
        if not begun:
            lease.close()
        return error.errno, mistakes.decode()


def serve_once(text, path):
    """A server from its start to its end, asked once: what came of its start as an errno."""
    try:
        error, _ = commit(text)
        if not error:
            get(path)
        return error
    except EOFError:
        return 0
    except OSError as failed:
        return failed.errno
    finally:
        while lease.fds:
            lease.close()


def get(path, port=khttpd.PORT):
    with http_client.Client(port=port, timeout=60) as client:
        reply = http_client.get(client, path)
        return reply.status, reply.body


def refused(port=khttpd.PORT):
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", port)) != 0


def taken(port):
    TAKEN.append(socket.create_server(("0.0.0.0", port)))
    return True


def free():
    TAKEN.pop().close()
    return True


def connections(count, port=khttpd.PORT):
    """How many of so many at once get an answer."""
    peers = []
    answered = 0
    for _ in range(count):
        try:
            peers.append(http_client.Client(port=port, timeout=20))
            answered += http_client.get(peers[-1], "/name").status == 200
        except (OSError, EOFError):
            pass
    for peer in peers:
        peer.close()
    khttpd.wait_for(lambda: khttpd.status()["connections_active"] == 0)
    return answered


def log():
    with open("/proc/thread-self/net/khttpd/log", encoding="ascii") as file:
        return file.read()


def ask_on():
    while True:
        try:
            get("/name")
        except (OSError, EOFError):
            pass


def hang(count):
    """Clients that ask for files which nobody gets to open."""
    for number in range(count):
        HELD.append(http_client.Client(timeout=60))
        HELD[-1].send(request_to(f"/dead/{number}"))
    return True


def load(clients):
    """Clients that ask until the process ends, and connections that stay."""
    for _ in range(clients):
        HELD.append(http_client.Client(timeout=60))
        assert http_client.get(HELD[-1], "/name").status == 200
    HELD[-1].send(request_to("/name")[:-2])
    threading.Thread(target=ask_on, daemon=True).start()
    return True


def hold(count):
    """Makes so many namespaces and keeps them until its input ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    files = []
    for _ in range(count):
        assert libc.unshare(CLONE_NEWNET) == 0
        files.append(os.open("/proc/thread-self/ns/net", os.O_RDONLY))
    print("ready", flush=True)
    sys.stdin.read()


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    print("ready", flush=True)
    for line in sys.stdin:
        try:
            answer = (False, eval(line))  # pylint: disable=eval-used
        except Exception as error:  # pylint: disable=broad-exception-caught
            answer = (True, repr(error))
        print(repr(answer), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
