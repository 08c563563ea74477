# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""The access log as a reader has it, and the form of its lines."""

import re
import threading

LOG = "/proc/net/khttpd/log"
LINE = re.compile(r'^(?P<host>[0-9a-f.:]+) - - \[(?P<time>\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d'
                  r' \+0000)\] "(?P<request>(?:[^"\\]|\\.)*)" (?P<status>[1-5]\d\d) '
                  r'(?P<size>-|[1-9]\d*) "(?P<referer>(?:[^"\\]|\\.)*)" '
                  r'"(?P<agent>(?:[^"\\]|\\.)*)"$')


def read_text(size=65536):
    """Everything that is there when the file is opened, read `size` bytes at a time."""
    with open(LOG, "rb", buffering=0) as file:
        return b"".join(iter(lambda: file.read(size), b"")).decode("ascii")


def fields_of(text):
    """One dictionary a line; every line has the form."""
    assert text == "" or text.endswith("\n"), text[-100:]
    matches = [LINE.match(line) for line in text.splitlines()]
    assert all(matches), text
    return [match.groupdict() for match in matches]


class Reader(threading.Thread):
    """Takes all lines while the context lasts, and counts them; leaving it fails at a bad one."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.wrong = None
        self._end = threading.Event()

    def run(self):
        try:
            last = False
            while not last:
                last = self._end.wait(0.2)
                self.count += len(fields_of(read_text()))
        except (AssertionError, OSError, UnicodeDecodeError) as error:
            self.wrong = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._end.set()
        self.join()
        assert self.wrong is None, self.wrong
