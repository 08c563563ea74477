# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A BPF program that puts sockets into a map when their handshake is over, written by hand."""

import contextlib
import ctypes
import os
import struct

import syscalls

MAP_CREATE, PROG_LOAD, PROG_ATTACH, PROG_DETACH = 0, 5, 8, 9
MAP_SOCKHASH, PROG_SOCK_OPS, ATTACH_SOCK_OPS = 18, 13, 3
HELPER_SOCK_HASH_UPDATE = 70
PASSIVE_ESTABLISHED = 5
# Of struct bpf_sock_ops.
OP, REMOTE_PORT, LOCAL_PORT = 0, 64, 68

_libc = ctypes.CDLL(None, use_errno=True)


def _bpf(command, attributes):
    data = ctypes.create_string_buffer(attributes, len(attributes))
    result = _libc.syscall(syscalls.BPF, command, data, len(attributes))
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf({command})")
    return result


def _instruction(code, target=0, source=0, offset=0, value=0):
    return struct.pack("<BBhi", code, source << 4 | target, offset, value)


def _program(port, sockets):
    """Connections that come to the port go into the map, with the client's port as key."""
    unless = 0x55  # jump if it is not
    load, store, move = 0x61, 0x63, 0xbf
    return b"".join((
        _instruction(move, target=6, source=1),
        _instruction(load, target=2, source=6, offset=OP),
        _instruction(unless, target=2, offset=12, value=PASSIVE_ESTABLISHED),
        _instruction(load, target=2, source=6, offset=LOCAL_PORT),
        _instruction(unless, target=2, offset=10, value=port),
        _instruction(load, target=2, source=6, offset=REMOTE_PORT),
        _instruction(store, target=10, source=2, offset=-4),
        _instruction(move, target=1, source=6),
        _instruction(0x18, target=2, source=1, value=sockets),
        _instruction(0),
        _instruction(move, target=3, source=10),
        _instruction(0x07, target=3, value=-4),
        _instruction(0xb7, target=4, value=0),
        _instruction(0x85, value=HELPER_SOCK_HASH_UPDATE),
        _instruction(0xb7, target=0, value=1),
        _instruction(0xb7, target=0, value=1),
        _instruction(0x95)))


@contextlib.contextmanager
def sockets_in_a_map(port):
    """As long as it lasts a program of the topmost cgroup has what is accepted on the port."""
    sockets = _bpf(MAP_CREATE, struct.pack("<IIIIIIII", MAP_SOCKHASH, 4, 4, 1024, 0, 0, 0, 0))
    code = ctypes.create_string_buffer(_program(port, sockets))
    licence = ctypes.create_string_buffer(b"Dual MIT/GPL")
    log = ctypes.create_string_buffer(65536)
    try:
        program = _bpf(PROG_LOAD, struct.pack(
            "<IIQQIIQII16sII", PROG_SOCK_OPS, (len(code) - 1) // 8, ctypes.addressof(code),
            ctypes.addressof(licence), 1, len(log), ctypes.addressof(log), 0, 0, b"kh_test", 0,
            ATTACH_SOCK_OPS))
    except OSError:
        print(log.value.decode())
        raise
    group = os.open("/sys/fs/cgroup", os.O_RDONLY | os.O_DIRECTORY)
    attachment = struct.pack("<IIII", group, program, ATTACH_SOCK_OPS, 0)
    try:
        _bpf(PROG_ATTACH, attachment)
        yield
        _bpf(PROG_DETACH, attachment)
    finally:
        for fd in (group, program, sockets):
            os.close(fd)
