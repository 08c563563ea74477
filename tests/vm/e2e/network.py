# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A client machine of its own: a network namespace behind a pair of virtual devices."""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import threading

from http_client import Client

CLONE_NEWNET = 0x40000000
SIOCETHTOOL = 0x8946
ETHTOOL_GSG, ETHTOOL_SSG = 0x18, 0x19
SERVER, CLIENT = "10.9.0.1", "10.9.0.2"
DEVICE = "kh-server"

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *arguments):
    if function(*arguments):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def run(*words):
    subprocess.run(words, check=True)


@contextlib.contextmanager
def inside(name):
    """This thread in the namespace; a socket made there stays there."""
    with open("/proc/thread-self/ns/net", "rb") as home, \
            open("/run/netns/" + name, "rb") as away:
        _call(_libc.setns, away.fileno(), CLONE_NEWNET)
        try:
            yield
        finally:
            _call(_libc.setns, home.fileno(), CLONE_NEWNET)


def short_lived_namespace():
    """Makes a namespace and gives it up: the kernel removes it soon after."""
    def work():
        _call(_libc.unshare, CLONE_NEWNET)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def gathers(device=DEVICE, wanted=None):
    """Whether the device sends from several pieces of memory, after setting it if wanted."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for command, value in ((ETHTOOL_SSG, wanted), (ETHTOOL_GSG, 0)):
            if value is None:
                continue
            data = ctypes.create_string_buffer(struct.pack("II", command, value))
            request = struct.pack("16sP", device.encode(), ctypes.addressof(data))
            fcntl.ioctl(control, SIOCETHTOOL, request)
    return bool(struct.unpack("II", data.raw[:8])[1])


class Machine:
    """The client's side of the pair is in the namespace, the server's is with the server."""

    def __init__(self, name="kh-client"):
        self.name = name
        run("ip", "netns", "add", name)
        run("ip", "link", "add", DEVICE, "type", "veth", "peer", "name", "eth0", "netns", name)
        run("ip", "addr", "add", SERVER + "/24", "dev", DEVICE)
        run("ip", "link", "set", DEVICE, "up")
        run("ip", "-n", name, "addr", "add", CLIENT + "/24", "dev", "eth0")
        run("ip", "-n", name, "link", "set", "eth0", "up")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()

    def client(self, **options):
        with inside(self.name):
            return Client(address=SERVER, **options)

    @staticmethod
    def lose(percent):
        """What the server sends is lost on the way."""
        run("tc", "qdisc", "replace", "dev", DEVICE, "root", "netem", "loss", f"{percent}%")

    def disturb(self, *how):
        """What both sides send meets this on its way: arguments of tc-netem."""
        run("tc", "qdisc", "replace", "dev", DEVICE, "root", "netem", *how)
        run("tc", "-n", self.name, "qdisc", "replace", "dev", "eth0", "root", "netem", *how)

    def remove(self):
        """The namespace goes with its devices once no socket of it is open."""
        if self.name:
            run("ip", "link", "del", DEVICE)
            run("ip", "netns", "del", self.name)
            self.name = None
