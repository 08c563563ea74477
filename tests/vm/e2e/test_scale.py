# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Many connections at once, and what each of them costs."""

import time

import pytest

import khttpd
from http_client import GET, Client, request

COUNT = 10000 if not khttpd.DEBUG else 2000
# The most that an idle connection may take beyond the kernel's own socket; locks and lists of the
# debug kernel are larger.
BYTES = 512 if not khttpd.DEBUG else 1024


def slab_bytes(prefix):
    """Memory of the slab caches whose names begin so: bytes in use, and in slabs."""
    used = held = 0
    with open("/proc/slabinfo", encoding="ascii") as file:
        for line in file:
            if line.startswith(prefix):
                words = line.split()
                used += int(words[1]) * int(words[3])
                held += int(words[14]) * int(words[5]) * 4096
    return used, held


def available():
    with open("/proc/meminfo", encoding="ascii") as file:
        values = {line.split(":")[0]: int(line.split()[1]) for line in file}
    return values["MemAvailable"] * 1024


@pytest.mark.long("debug")
@pytest.mark.params(max_connections_per_address=1048576, keepalive_timeout=3600,
                    header_timeout=3600)
def test_idle_connections(loaded):
    khttpd.wait_idle()
    time.sleep(0.5)
    used_before, held_before = slab_bytes("khttpd")
    sockets_before = slab_bytes("TCP")[1] + slab_bytes("sock_inode_cache")[1]
    memory_before = available()
    clients = []
    start = time.monotonic()
    for number in range(COUNT):
        clients.append(Client(timeout=60, source=f"127.0.1.{1 + number % 20}"))
        assert clients[-1].get().status == 200
    took = time.monotonic() - start
    assert khttpd.status()["connections_active"] == COUNT
    used, held = slab_bytes("khttpd")
    each_used = (used - used_before) / COUNT
    each_held = (held - held_before) / COUNT
    sockets = slab_bytes("TCP")[1] + slab_bytes("sock_inode_cache")[1] - sockets_before
    print(f"\n{COUNT} idle connections in {took:.1f} s: {each_used:.0f} bytes each in khttpd's "
          f"own objects, {each_held:.0f} with slab overhead; "
          f"{sockets / COUNT:.0f} for the sockets of both ends; "
          f"{(memory_before - available()) / COUNT:.0f} in all")
    assert 0 < each_used <= BYTES
    # Some slabs are not full.
    assert each_held <= 1.1 * BYTES
    # They are all alive, and a new one is served beside them.
    assert request(GET).status == 200
    for client in clients[::97]:
        assert client.get().status == 200
    for client in clients:
        client.close()
    assert khttpd.wait_idle(30)
