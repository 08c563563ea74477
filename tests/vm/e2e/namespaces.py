# SPDX-License-Identifier: MIT OR GPL-2.0-only
"""Network namespaces, each with a process that does there what a test tells it to."""

import contextlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


class Namespace:
    """A network namespace with a process in it that does as it is told."""

    def __init__(self, *options):
        self.process = subprocess.Popen(
            [*(options or ["unshare", "-n"]), sys.executable, "-B", HERE + "/namespace_agent.py"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, what):
        """Python that is evaluated there; what it gives."""
        self.process.stdin.write(what.replace("\n", "\\n") + "\n")
        self.process.stdin.flush()
        failed, value = eval(self.process.stdout.readline())  # pylint: disable=eval-used
        assert not failed, value
        return value

    def commit(self, text):
        return self.ask(f"commit({text!r})")

    def get(self, path, **options):
        return self.ask(f"get({path!r}, **{options!r})")

    def status(self):
        return self.ask("khttpd.status()")

    def end(self):
        """The process ends, and what only it held."""
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(60) == 0


@contextlib.contextmanager
def namespaces(count, *options):
    made = []
    try:
        for _ in range(count):
            made.append(Namespace(*options))
        yield made
    finally:
        for one in made:
            if not one.process.stdin.closed:
                one.end()
