# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""fanotify(7) and inotify(7): who is asked before a file is opened or read, and told afterwards."""

import ctypes
import errno
import os
import select
import struct
import threading

OPEN_PERM = 0x10000
ACCESS_PERM = 0x20000

_AT_FDCWD = -100
_CLOEXEC, _CLASS_CONTENT, _MARK_ADD = 1, 4, 1
_ALLOW, _DENY = 1, 2
_EVENT = struct.Struct("=IBBHQii")
_IN_ACCESS = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fanotify_mark.argtypes = [ctypes.c_int, ctypes.c_uint, ctypes.c_uint64, ctypes.c_int,
                                ctypes.c_char_p]


def _checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def available():
    try:
        os.close(_checked(_libc.fanotify_init(_CLOEXEC | _CLASS_CONTENT, os.O_RDONLY)))
        return True
    except OSError as error:
        assert error.errno == errno.ENOSYS
        return False


class Guard:
    """Is asked about the events of a file; refuses them all unless told to allow or to wait."""

    def __init__(self, path, mask):
        self.fd = _checked(_libc.fanotify_init(_CLOEXEC | _CLASS_CONTENT, os.O_RDONLY))
        _checked(_libc.fanotify_mark(self.fd, _MARK_ADD, mask, _AT_FDCWD, path.encode()))
        self.allows = False
        self.asked = 0
        self.answers = threading.Event()
        self.answers.set()
        self._end, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def _work(self):
        while self._end not in select.select([self.fd, self._end], [], [])[0]:
            data = os.read(self.fd, 4096)
            while data:
                size, _, _, _, _, fd, _ = _EVENT.unpack_from(data)
                data = data[size:]
                self.asked += 1
                self.answers.wait()
                os.write(self.fd, struct.pack("=iI", fd, _ALLOW if self.allows else _DENY))
                os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.answers.set()
        os.close(self._wake)
        self._thread.join()
        os.close(self.fd)
        os.close(self._end)


class Reads:
    """Counts what inotify tells of reading a file."""

    def __init__(self, path):
        self.fd = _checked(_libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        _checked(_libc.inotify_add_watch(self.fd, path.encode(), _IN_ACCESS))

    def seen(self):
        try:
            return len(os.read(self.fd, 4096)) // 16
        except BlockingIOError:
            return 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.fd)
