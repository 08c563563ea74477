# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""A directory to serve, and what is in it."""

import hashlib
import os
import shutil
import time


def content(size, seed=""):
    """So many bytes, the same each time, others for another size or seed."""
    block = hashlib.sha512(f"{seed}{size}".encode()).digest()
    return (block * (size // len(block) + 1))[:size]


class Folder:
    """Made anew, and gone with its context."""

    def __init__(self, path):
        self.path = path

    def write(self, name, data, age=60):
        """A file of this age, by its time of modification."""
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(data)
        if age:
            os.utime(path, (time.time() - age,) * 2)

    def settle(self):
        """Waits until the files are old enough for the server to keep them: for the second that
        a file system's times may be coarse by, it might change once more without a trace."""
        changed = max((os.stat(os.path.join(path, name)).st_ctime
                       for path, _, names in os.walk(self.path) for name in names), default=0)
        time.sleep(max(0.0, int(changed) + 2.1 - time.time()))

    def clear(self):
        """The directory stays: a server may hold it."""
        for name in os.listdir(self.path):
            path = os.path.join(self.path, name)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)

    def __enter__(self):
        shutil.rmtree(self.path, ignore_errors=True)
        os.makedirs(self.path)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path)
